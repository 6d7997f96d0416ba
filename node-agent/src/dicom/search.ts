import { type Level, type Row, textOf } from "./attributes.ts";
import type { DicomJson, JsonElement, JsonValue } from "./json.ts";
import type { Key, Query } from "./query.ts";

/** Attributes returned without being asked for (PS3.18 tables 10.6.3-3 to 10.6.3-5). RetrieveURL (0008,1190) is added by `project`. */
const defaults: Readonly<Record<Level, readonly string[]>> = {
  study: [
    ...["00080020", "00080030", "00080050", "00080056", "00080061", "00080090", "00080201", "00081030"],
    ...["00100010", "00100020", "00100030", "00100040", "0020000D", "00200010", "00201206", "00201208"],
  ],
  series: ["00080060", "00080201", "0008103E", "0020000E", "00200011", "00201209", "00400244", "00400245", "00400275"],
  instance: ["00080016", "00080018", "00080056", "00080201", "00083002", "00200013", "00280008", "00280010", "00280011", "00280100"],
};

const isItem = (value: JsonValue): value is DicomJson => typeof value === "object" && value !== null;

function holds(key: Key, json: DicomJson, depth: number): boolean {
  const values = json[key.path[depth] ?? ""]?.Value ?? [];
  if (depth === key.path.length - 1) return key.test === null || values.some(key.test);
  return values.some((value) => isItem(value) && holds(key, value, depth + 1));
}

/** Whether a row (of the query's level) satisfies every key and lies in the query's scope. A key with an empty value matches anything (PS3.4 C.2.2.2.3). */
export function matches(query: Query, row: Row): boolean {
  const { study, series } = query.scope;
  if (study !== undefined && textOf(row, "0020000D") !== study) return false;
  if (series !== undefined && textOf(row, "0020000E") !== series) return false;
  return query.keys.every((key) => key.test === null || holds(key, row, 0));
}

/** The tags a query returns: its level's defaults, those of the levels above unless the path already names them, its keys, and what it includes. */
function wantedTags(query: Query): Set<string> {
  const tags = new Set(defaults[query.level]);
  const add = (more: readonly string[]): void => {
    for (const tag of more) tags.add(tag);
  };
  if (query.level !== "study") {
    // Even a series of a named study says which study it belongs to: clients merge results of several searches.
    add(query.scope.study === undefined ? defaults.study : ["0020000D"]);
  }
  if (query.level === "instance") add(query.scope.series === undefined ? defaults.series : ["0020000E"]);
  for (const key of query.keys) add(key.path.slice(0, 1));
  if (query.include !== "all") add(query.include);
  return tags;
}

/**
 * What a search returns for a matching row (PS3.18 section 10.6.3): the default attributes of its level, those matched on, those included.
 * `retrieveUrl`, when given, becomes RetrieveURL (0008,1190). Attributes are in tag order.
 */
export function project(query: Query, row: Row, retrieveUrl?: string): DicomJson {
  const out: Record<string, JsonElement> = {};
  const tags = query.include === "all" ? new Set(Object.keys(row)) : wantedTags(query);
  const source: DicomJson = {
    ...row,
    "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
    ...(retrieveUrl === undefined ? {} : { "00081190": { vr: "UR", Value: [retrieveUrl] } }),
  };
  for (const tag of [...tags, "00080005", "00081190"].sort()) {
    const element = source[tag];
    if (element !== undefined) out[tag] = element;
  }
  return out;
}
