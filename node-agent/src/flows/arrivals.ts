import type { StudyId, Uid } from "../model/ids.ts";
import type { Manifest } from "./manifest.ts";

type Series = { readonly want: number; have: number; metadata: boolean };
type Arrival = { readonly want: number; have: number; readonly series: Map<Uid, Series> };

/** How much of the studies that are being fetched can be read already. In memory: a restarted agent counts anew when the fetch goes on. */
export class Arrivals {
  readonly #studies = new Map<StudyId, Arrival>();

  /** Begins to count a study from its manifest. */
  begin(study: StudyId, manifest: Manifest): void {
    const series = new Map(manifest.series.map((one): [Uid, Series] => [one.uid, { want: 0, have: 0, metadata: false }]));
    for (const { series: uid } of manifest.instances) {
      const one = series.get(uid);
      if (one !== undefined) series.set(uid, { ...one, want: one.want + 1 });
    }
    this.#studies.set(study, { want: manifest.instances.length, have: 0, series });
  }

  /** A series' metadata can be read. */
  metadataHere(study: StudyId, series: Uid): void {
    const one = this.#studies.get(study)?.series.get(series);
    if (one !== undefined) one.metadata = true;
  }

  /** An instance can be read. */
  instanceHere(study: StudyId, series: Uid): void {
    const arrival = this.#studies.get(study);
    const one = arrival?.series.get(series);
    if (arrival === undefined || one === undefined) return;
    arrival.have++;
    one.have++;
  }

  /** Instances here and in all, of a study or of one series of it; null when it is not being fetched in this life. */
  count(study: StudyId, series?: Uid): { readonly have: number; readonly want: number } | null {
    const arrival = this.#studies.get(study);
    if (arrival === undefined) return null;
    if (series === undefined) return { have: arrival.have, want: arrival.want };
    const one = arrival.series.get(series);
    return one === undefined ? null : { have: one.have, want: one.want };
  }

  /** Whether every instance of a series and its metadata can be read. */
  isWhole(study: StudyId, series: Uid): boolean {
    const one = this.#studies.get(study)?.series.get(series);
    return one?.metadata === true && one.have === one.want;
  }

  /** The study is whole, or not fetched any more. */
  end(study: StudyId): void {
    this.#studies.delete(study);
  }
}
