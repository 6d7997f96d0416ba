import { type InstanceAttributes, studyRow, textOf } from "../dicom/attributes.ts";
import type { DicomJson } from "../dicom/json.ts";
import type { StudyId } from "../model/ids.ts";
import type { Catalogue } from "../ports/catalogue.ts";

/** Distinct values over a study's instances. Kept so that the thousandth instance of a study costs what the first did. */
export type Tally = { readonly series: Set<string>; readonly modalities: Set<string>; readonly classes: Set<string>; instances: number; row: DicomJson };

const note = (tally: Tally, one: InstanceAttributes): void => {
  for (const [set, tag] of [[tally.series, "0020000E"], [tally.modalities, "00080060"], [tally.classes, "00080016"]] as const) {
    const text = textOf(one, tag);
    if (text !== "") set.add(text);
  }
  tally.instances++;
};

const list = (vr: string, values: Iterable<string>) => {
  const Value = [...values].sort();
  return Value.length === 0 ? { vr } : { vr, Value };
};

export const emptyTally = (): Tally => ({ series: new Set(), modalities: new Set(), classes: new Set(), instances: 0, row: {} });

/** Adds instances to a tally and gives the study's row over all of them. */
export function addToTally(tally: Tally, arriving: readonly InstanceAttributes[]): DicomJson {
  for (const one of arriving) note(tally, one);
  const known: InstanceAttributes[] = Object.keys(tally.row).length === 0 ? [] : [tally.row];
  tally.row = {
    ...studyRow([...known, ...arriving]),
    "00080061": list("CS", tally.modalities),
    "00080062": list("UI", tally.classes),
    "00201206": { vr: "IS", Value: [tally.series.size] },
    "00201208": { vr: "IS", Value: [tally.instances] },
  };
  return tally.row;
}

/** Study rows kept up to date while instances arrive; a cache of the catalogue, bounded. */
export class StudyTallies {
  readonly #tallies = new Map<StudyId, Tally>();
  readonly #limit: number;

  constructor(limit = 64) {
    this.#limit = limit;
  }

  /** The study's row with `arriving` added, counting what the catalogue holds before them. The result counts only once `keep` is called. */
  add(catalogue: Catalogue, study: StudyId, arriving: readonly InstanceAttributes[]): { readonly row: DicomJson; keep(): void } {
    const before = this.#tallies.get(study) ?? this.#load(catalogue, study);
    const tally: Tally = { series: new Set(before.series), modalities: new Set(before.modalities), classes: new Set(before.classes), instances: before.instances, row: before.row };
    const row = addToTally(tally, arriving);
    return {
      row,
      keep: () => {
        this.#tallies.delete(study);
        this.#tallies.set(study, tally);
        const [oldest] = this.#tallies.keys();
        if (this.#tallies.size > this.#limit && oldest !== undefined) this.#tallies.delete(oldest);
      },
    };
  }

  /** Counts a study anew when next asked: its instances changed by another way. */
  forget(study: StudyId): void {
    this.#tallies.delete(study);
  }

  #load(catalogue: Catalogue, study: StudyId): Tally {
    const tally = emptyTally();
    const instances = catalogue.instances(study).map((one) => one.attributes as InstanceAttributes);
    for (const one of instances) note(tally, one);
    if (instances.length > 0) tally.row = studyRow(instances);
    return tally;
  }
}
