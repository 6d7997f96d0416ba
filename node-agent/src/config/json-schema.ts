import { z } from "zod";
import { schema } from "./schema.ts";

/** The part of a JSON Schema (draft 2020-12) that ours uses. */
export type SchemaNode = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly SchemaNode[];
};

/** JSON Schema of the configuration file as the operator writes it (defaults not yet applied), for editors to complete. */
export function jsonSchema(): SchemaNode {
  return z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" }) as SchemaNode;
}

/** The node itself, or the object behind a nullable one. */
export function objectBehind(node: SchemaNode): SchemaNode {
  return node.properties !== undefined ? node : (node.anyOf?.find((option) => option.properties !== undefined) ?? node);
}

/** Key names of the object at `path`; empty when there is none. */
export function keysAt(path: readonly PropertyKey[], node: SchemaNode = jsonSchema()): string[] {
  const { properties, items } = objectBehind(node);
  const [head, ...rest] = path;
  if (head === undefined) return Object.keys(properties ?? {});
  if (typeof head === "number") return items === undefined ? [] : keysAt(rest, items);
  const below = properties?.[String(head)];
  return below === undefined ? [] : keysAt(rest, below);
}

/** Every dotted key of the file, sections and the members of lists included, in schema order. */
export function allKeys(node: SchemaNode = jsonSchema(), prefix = ""): string[] {
  const { properties, items } = objectBehind(node);
  if (items !== undefined) return allKeys(items, prefix);
  return Object.entries(properties ?? {}).flatMap(([name, below]) => [`${prefix}${name}`, ...allKeys(below, `${prefix}${name}.`)]);
}
