import { isMap, isNode, isPair, LineCounter, type Document, parseDocument, visit } from "yaml";
import { z } from "zod";
import { allKeys, keysAt, type SchemaNode } from "./json-schema.ts";
import { nearest } from "./nearest.ts";

/** One thing wrong with a file: the key it is about, why, and its line (1 and up; null when the file does not contain it). */
export type YamlProblem = { readonly key: string; readonly why: string; readonly line: number | null; readonly unknown: { readonly nearest: string | null } | null };

/** What came of reading: the checked value, the place where the text is no YAML, or everything that is wrong, unknown keys first. */
export type YamlResult<Value> =
  | { readonly kind: "good"; readonly value: Value }
  | { readonly kind: "notYaml"; readonly line: number; readonly why: string }
  | { readonly kind: "wrong"; readonly problems: readonly YamlProblem[] };

/** Reads a YAML text against a strict schema. Hex numbers stay text, so that hashes and addresses need no quotes; aliases are refused. */
export function readStrictYaml<Schema extends z.ZodType>(text: string, schema: Schema): YamlResult<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, customTags: (tags) => tags.filter((tag) => typeof tag === "string" || !("format" in tag) || tag.format !== "HEX") });
  const [broken] = document.errors;
  if (broken !== undefined) return { kind: "notYaml", line: lines.linePos(broken.pos[0]).line, why: firstLine(broken.message) };
  const alias = firstAlias(document, lines);
  if (alias !== null) return { kind: "notYaml", line: alias, why: "aliases (*name) are not accepted" };
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return { kind: "good", value: result.data };
  const shape = z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" }) as SchemaNode;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, document, lines, shape));
  problems.sort((one, two) => Number(two.unknown !== null) - Number(one.unknown !== null) || (one.line ?? 0) - (two.line ?? 0));
  return { kind: "wrong", problems };
}

/** Aliases are of no use in files this small, and nested ones can grow without bound when resolved. */
function firstAlias(document: Document, lines: LineCounter): number | null {
  let line: number | null = null;
  visit(document, {
    Alias(_key, node) {
      line = lines.linePos(node.range?.[0] ?? 0).line;
      return visit.BREAK;
    },
  });
  return line;
}

function problemsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter, shape: SchemaNode): YamlProblem[] {
  const place = (path: readonly PropertyKey[]) => lineOf(document, lines, path);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((name) => {
      const path = [...issue.path, name];
      const meant = suggestion(issue.path, name, shape);
      const why = meant === null ? "unknown key" : `unknown key; did you mean ${meant}?`;
      return { key: dotted(path), why, line: place(path), unknown: { nearest: meant } };
    });
  const missing = document.getIn(issue.path, true) === undefined;
  const why = missing && issue.code !== "custom" ? "is missing" : issue.message;
  return [{ key: dotted(issue.path) || "the file", why, line: place(issue.path), unknown: null }];
}

/** A name at the same level that looks alike, else the same name at another level. */
function suggestion(level: readonly PropertyKey[], name: string, shape: SchemaNode): string | null {
  const near = nearest(name, keysAt(level, shape));
  if (near !== null) return dotted([...level, near]);
  return allKeys(shape).find((key) => key.split(".").at(-1)?.toLowerCase() === name.toLowerCase()) ?? null;
}

/** Line of the key at `path`, 1 and up; null when the file does not contain it. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | null {
  const key = path.at(-1);
  if (key === undefined) return null;
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find((item) => isPair(item) && String(item.key) === String(key)) : undefined;
  const node = pair !== undefined && isNode(pair.key) ? pair.key : document.getIn(path, true);
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : null;
}

const dotted = (path: readonly PropertyKey[]) => path.map(String).join(".");
const firstLine = (text: string) => (text.split("\n")[0] ?? text).replace(/ at line \d+, column \d+:?$/u, "");
