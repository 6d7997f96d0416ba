import { fault } from "../model/fault.ts";
import { type Level, levelOf } from "./attributes.ts";
import { type DictionaryRow, rowOfKeyword, rowOfTag } from "./dictionary.ts";
import { type Test, testOf } from "./matcher.ts";

/** One attribute asked for: its path of tags (sequences first), its VR, and the test; no test means any value will do. */
export type Key = { readonly path: readonly string[]; readonly vr: string; readonly test: Test | null };

/** Exact values an index can look up by keyed hash instead of walking all rows. A row outside any of these sets cannot match. */
export type Restriction = {
  readonly patientId?: string;
  readonly accessionNumber?: string;
  readonly studies?: readonly string[];
  readonly series?: readonly string[];
  readonly instances?: readonly string[];
};

/** Study and series named in the resource's path. */
export type Scope = { readonly study?: string; readonly series?: string };

/** A parsed QIDO-RS search. */
export type Query = {
  readonly level: Level;
  readonly scope: Scope;
  readonly keys: readonly Key[];
  /** Tags to return besides the default ones; "all" for everything the row has. */
  readonly include: "all" | readonly string[];
  readonly limit: number | null;
  readonly offset: number;
  readonly fuzzy: boolean;
  readonly restriction: Restriction;
};

const order: readonly Level[] = ["study", "series", "instance"];
/** Longest key repeated in an error: a caller's mistake may put anything there. */
const shown = (key: string): string => key.replace(/[^\w.]/gu, "?").slice(0, 64);

function rowOf(word: string): DictionaryRow {
  const row = /^[0-9a-f]{8}$/iu.test(word) ? rowOfTag(word.toUpperCase()) : rowOfKeyword(word);
  if (row === null || row.keyword === "") throw fault("DICOM_QUERY_UNKNOWN_KEY", { key: shown(word) });
  return row;
}

function keyOf(name: string, value: string, level: Level, fuzzy: boolean): Key {
  const rows = name.split(".").map(rowOf);
  const [first, last] = [rows[0], rows.at(-1)];
  const home = levelOf.get(first?.tag ?? "");
  if (first === undefined || last === undefined || home === undefined || order.indexOf(home) > order.indexOf(level)) {
    throw fault("DICOM_QUERY_UNSUPPORTED_KEY", { key: shown(name), level });
  }
  if (rows.slice(0, -1).some((row) => row.vr !== "SQ")) throw fault("DICOM_QUERY_UNKNOWN_KEY", { key: shown(name) });
  const path = rows.map((row) => row.tag);
  const vr = last.vr === "xs" ? "US" : last.vr;
  if (value === "") return { path, vr, test: null };
  const test = testOf(vr, value, fuzzy);
  if (test === null) throw fault("DICOM_QUERY_BAD_VALUE", { key: shown(name), vr });
  return { path, vr, test };
}

function count(parameter: string, text: string | null): number | null {
  if (text === null) return null;
  if (!/^\d{1,9}$/u.test(text)) throw fault("DICOM_QUERY_BAD_PARAMETER", { parameter });
  return Number(text);
}

function includeOf(values: readonly string[]): "all" | string[] {
  const words = values.flatMap((value) => value.split(",")).map((word) => word.trim());
  const isAll = words.some((word) => word.toLowerCase() === "all");
  const tags = words.filter((word) => word !== "" && word.toLowerCase() !== "all").map((word) => rowOf(word.split(".")[0] ?? "").tag);
  return isAll ? "all" : [...new Set(tags)];
}

function restrictionOf(entries: readonly (readonly [string, string])[], scope: Scope): Restriction {
  const exact = new Map<string, string>();
  for (const [name, value] of entries) {
    if (value !== "" && !name.includes(".")) exact.set(rowOf(name).tag, value);
  }
  const plain = (tag: string): string | undefined => {
    const value = exact.get(tag)?.trimEnd();
    return value === undefined || /[*?]/u.test(value) ? undefined : value;
  };
  const uids = (tag: string, inPath: string | undefined): readonly string[] | undefined => {
    const listed = exact.get(tag)?.split(/[,\\]/u);
    if (inPath === undefined) return listed;
    return listed === undefined || listed.includes(inPath) ? [inPath] : [];
  };
  const patientId = plain("00100020");
  const accessionNumber = plain("00080050");
  const studies = uids("0020000D", scope.study);
  const series = uids("0020000E", scope.series);
  const instances = uids("00080018", undefined);
  return {
    ...(patientId === undefined ? {} : { patientId }),
    ...(accessionNumber === undefined ? {} : { accessionNumber }),
    ...(studies === undefined ? {} : { studies }),
    ...(series === undefined ? {} : { series }),
    ...(instances === undefined ? {} : { instances }),
  };
}

/**
 * Parses the query of a QIDO-RS search (PS3.18 sections 8.3.4 and 10.6) at `level`; `scope` holds UIDs from the path, already checked.
 * Throws DICOM_QUERY_UNKNOWN_KEY, DICOM_QUERY_UNSUPPORTED_KEY, DICOM_QUERY_BAD_VALUE or DICOM_QUERY_BAD_PARAMETER (all 400): a mistyped key must not list everyone.
 */
export function parseQuery(level: Level, parameters: URLSearchParams, scope: Scope = {}): Query {
  const once = (name: string): string | null => {
    const all = parameters.getAll(name);
    if (all.length > 1) throw fault("DICOM_QUERY_BAD_PARAMETER", { parameter: shown(name) });
    return all[0] ?? null;
  };
  const fuzzyText = once("fuzzymatching");
  if (fuzzyText !== null && fuzzyText !== "true" && fuzzyText !== "false")
    throw fault("DICOM_QUERY_BAD_PARAMETER", { parameter: "fuzzymatching" });
  const fuzzy = fuzzyText === "true";
  const entries = [...parameters].filter(([name]) => !["limit", "offset", "includefield", "fuzzymatching"].includes(name));
  const keys = entries.map(([name, value]) => keyOf(name, value, level, fuzzy));
  const paths = keys.map((key) => key.path.join("."));
  const twice = entries.find((_entry, i) => paths.indexOf(paths[i] ?? "") !== i);
  if (twice !== undefined) throw fault("DICOM_QUERY_BAD_PARAMETER", { parameter: shown(twice[0]) });
  return {
    level,
    scope,
    keys,
    include: includeOf(parameters.getAll("includefield")),
    limit: count("limit", once("limit")),
    offset: count("offset", once("offset")) ?? 0,
    fuzzy,
    restriction: restrictionOf(entries, scope),
  };
}
