import type { DicomJson, JsonElement, JsonValue } from "./json.ts";

export type Level = "study" | "series" | "instance";

/** What the index keeps of one instance: a subset of its DICOM JSON, no bulk data, and AvailableTransferSyntaxUID (0008,3002). */
export type InstanceAttributes = DicomJson;
/** A row QIDO-RS searches: the attributes of one study, series or instance together with those of the levels above. */
export type Row = DicomJson;

/** Attributes kept per level: those PS3.18 table 10.6.1-5 requires to be searchable, those it returns by default, and what people look for besides. */
const kept = {
  study: [
    ...["00080020", "00080030", "00080050", "00080080", "00080090", "00080201", "00081030", "00081032", "00100010", "00100020", "00100021"],
    ...["00100030", "00100040", "00101010", "0020000D", "00200010", "00321060"],
  ],
  series: [
    ...["00080021", "00080031", "00080060", "00080070", "00081010", "0008103E", "00081090", "00180015", "00181030", "0020000E", "00200011"],
    ...["00200052", "00200060", "00400244", "00400245", "00400275"],
  ],
  instance: [
    ...[
      "00080008",
      "00080016",
      "00080018",
      "00080022",
      "00080023",
      "00080033",
      "00083002",
      "00200012",
      "00200013",
      "00280008",
      "00280010",
      "00280011",
    ],
    ...["00280100", "0040A491", "0040A493", "00420010", "00700080", "00700081"],
  ],
} as const satisfies Record<Level, readonly string[]>;

/** Attributes computed over the instances of a study or series, by the level whose row carries them. */
const computed = {
  study: ["00080056", "00080061", "00080062", "00201206", "00201208"],
  series: ["00201209"],
  instance: [],
} as const satisfies Record<Level, readonly string[]>;

/** The level each searchable attribute belongs to, by tag. */
export const levelOf: ReadonlyMap<string, Level> = new Map(
  (["study", "series", "instance"] as const).flatMap((level) =>
    [...kept[level], ...computed[level]].map((tag): [string, Level] => [tag, level]),
  ),
);

function pick(json: DicomJson, tags: readonly string[]): Record<string, JsonElement> {
  const out: Record<string, JsonElement> = {};
  for (const tag of tags) {
    const element = json[tag];
    if (element !== undefined) out[tag] = element;
  }
  return out;
}

/** What the index keeps of an instance, from its DICOM JSON and its transfer syntax UID. */
export function instanceAttributes(json: DicomJson, transferSyntax: string): InstanceAttributes {
  return {
    ...pick(json, [...kept.study, ...kept.series, ...kept.instance]),
    "00083002": { vr: "UI", Value: [transferSyntax] },
  };
}

/** The first value of an attribute as text; "" when it has none. */
export function textOf(json: DicomJson, tag: string): string {
  const value = json[tag]?.Value?.[0];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** Instances of one study may disagree; for each attribute the first that has a value speaks. */
function merged(instances: readonly InstanceAttributes[], tags: readonly string[]): Record<string, JsonElement> {
  const out: Record<string, JsonElement> = {};
  for (const instance of instances) {
    for (const tag of tags) {
      const element = instance[tag];
      if (element !== undefined && (out[tag] === undefined || (out[tag].Value === undefined && element.Value !== undefined)))
        out[tag] = element;
    }
  }
  return out;
}

function distinct(instances: readonly InstanceAttributes[], tag: string): string[] {
  return [...new Set(instances.map((instance) => textOf(instance, tag)).filter((text) => text !== ""))].sort();
}

const element = (vr: string, values: readonly JsonValue[]): JsonElement => (values.length === 0 ? { vr } : { vr, Value: values });

/** The study's row from all its instances (at least one), with ModalitiesInStudy, SOPClassesInStudy and the counts (PS3.18 table 10.6.3-3). */
export function studyRow(instances: readonly InstanceAttributes[]): Row {
  return {
    ...merged(instances, kept.study),
    "00080056": element("CS", ["ONLINE"]),
    "00080061": element("CS", distinct(instances, "00080060")),
    "00080062": element("UI", distinct(instances, "00080016")),
    "00201206": element("IS", [distinct(instances, "0020000E").length]),
    "00201208": element("IS", [distinct(instances, "00080018").length]),
  };
}

/** The series' row: its study's row and what its own instances (at least one, all of this series) say. */
export function seriesRow(study: Row, instances: readonly InstanceAttributes[]): Row {
  return { ...study, ...merged(instances, kept.series), "00201209": element("IS", [distinct(instances, "00080018").length]) };
}

/** The instance's row: its series' row and its own attributes. */
export function instanceRow(series: Row, instance: InstanceAttributes): Row {
  return { ...series, ...pick(instance, kept.instance) };
}
