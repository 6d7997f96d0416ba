import { isMap, isNode, isPair, LineCounter, type Document, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { fault } from "../model/fault.ts";
import { allKeys, keysAt } from "./json-schema.ts";
import { nearest } from "./nearest.ts";
import { schema } from "./schema.ts";

type Parsed = z.output<typeof schema>;
type Problem = { readonly key: string; readonly why: string; readonly line: number | null; readonly unknown: { readonly nearest: string | null } | null };

/**
 * Reads the text of a configuration file. Hex numbers stay text, so that hashes and addresses need no quotes.
 * Throws CONFIG_NOT_YAML, CONFIG_UNKNOWN_KEY (with the nearest valid name) or CONFIG_INVALID; the fault's `also` lists all further problems.
 */
export function parseConfig(text: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !("format" in tag) || tag.format !== "HEX") });
  const [broken] = document.errors;
  if (broken !== undefined) throw fault("CONFIG_NOT_YAML", { line: lines.linePos(broken.pos[0]).line, why: firstLine(broken.message) });
  refuseAliases(document, lines);
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, document, lines));
  problems.sort((one, two) => Number(two.unknown !== null) - Number(one.unknown !== null) || (one.line ?? 0) - (two.line ?? 0));
  const [first, ...others] = problems;
  if (first === undefined) throw result.error;
  const also = others.map((problem) => `${problem.line === null ? "" : `line ${problem.line}: `}${problem.key}: ${problem.why}`);
  if (first.unknown !== null) throw fault("CONFIG_UNKNOWN_KEY", { key: first.key, nearest: first.unknown.nearest, line: first.line, also });
  throw fault("CONFIG_INVALID", { key: first.key, why: first.why, line: first.line, also });
}

/** Aliases are of no use in a file this small, and nested ones can grow without bound when resolved. */
function refuseAliases(document: Document, lines: LineCounter): void {
  visit(document, {
    Alias(_key, node) {
      throw fault("CONFIG_NOT_YAML", { line: lines.linePos(node.range?.[0] ?? 0).line, why: "aliases (*name) are not accepted" });
    },
  });
}

function problemsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): Problem[] {
  const place = (path: readonly PropertyKey[]) => lineOf(document, lines, path);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((name) => {
      const path = [...issue.path, name];
      const meant = suggestion(issue.path, name);
      const why = meant === null ? "unknown key" : `unknown key; did you mean ${meant}?`;
      return { key: dotted(path), why, line: place(path), unknown: { nearest: meant } };
    });
  const missing = document.getIn(issue.path.map(String), true) === undefined;
  const why = missing && issue.code !== "custom" ? "is missing" : issue.message;
  return [{ key: dotted(issue.path) || "the file", why, line: place(issue.path), unknown: null }];
}

/** A name at the same level that looks alike, else the same name at another level. */
function suggestion(level: readonly PropertyKey[], name: string): string | null {
  const near = nearest(name, keysAt(level));
  if (near !== null) return dotted([...level, near]);
  return allKeys().find((key) => key.split(".").at(-1)?.toLowerCase() === name.toLowerCase()) ?? null;
}

/** Line of the key at `path`, 1 and up; null when the file does not contain it. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | null {
  const key = path.at(-1);
  if (key === undefined) return null;
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1).map(String), true);
  const pair = isMap(parent) ? parent.items.find((item) => isPair(item) && String(item.key) === String(key)) : undefined;
  const node = pair !== undefined && isNode(pair.key) ? pair.key : document.getIn(path, true);
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : null;
}

const dotted = (path: readonly PropertyKey[]) => path.map(String).join(".");
const firstLine = (text: string) => (text.split("\n")[0] ?? text).replace(/ at line \d+, column \d+:?$/u, "");
