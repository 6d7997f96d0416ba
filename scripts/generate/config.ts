import { jsonSchema, objectBehind, type SchemaNode } from "../../node-agent/src/config/json-schema.ts";
import type { GeneratedFile } from "./generated-file.ts";

/** The configuration file's reference, for editors (JSON Schema) and for people (Markdown), both from the schema that the agent checks with. */
export async function generateConfig(): Promise<GeneratedFile[]> {
  const schema = jsonSchema();
  const published = { $id: "urn:fiducial:schema:agent-config", title: "Fiducial agent configuration", $comment: "Generated from node-agent/src/config/schema.ts", ...schema };
  return [
    { path: "docs/reference/config.schema.generated.json", text: `${JSON.stringify(published, null, 2)}\n` },
    { path: "docs/reference/config.generated.md", text: markdown(schema) },
  ];
}

function markdown(schema: SchemaNode): string {
  return [
    "# Configuration of an agent",
    "",
    "<!-- Generated from node-agent/src/config/schema.ts by `npm run generate`. -->",
    "",
    "One YAML file, given with `fiducial agent run --config FILE`. Unknown keys are refused, relative paths start at the file's folder,",
    "secrets are named by file and never written here. Editors complete the file with",
    "`# yaml-language-server: $schema=.../docs/reference/config.schema.generated.json` as its first line.",
    "",
    ...section(schema, ""),
  ].join("\n");
}

function section(node: SchemaNode, prefix: string): string[] {
  const object = objectBehind(node);
  const properties = Object.entries(object.properties ?? {});
  const leaves = properties.filter(([, below]) => objectBehind(below).properties === undefined);
  const sections = properties.filter(([, below]) => objectBehind(below).properties !== undefined);
  const required = new Set(object.required ?? []);
  const table = leaves.map(([name, below]) => `| \`${prefix}${name}\` | ${kind(below)} | ${standard(below, required.has(name))} | ${cell(below.description)} |`);
  return [
    ...(table.length === 0 ? [] : ["| key | takes | default | meaning |", "|---|---|---|---|", ...table, ""]),
    ...sections.flatMap(([name, below]) => [`## \`${prefix}${name}\`${required.has(name) || below.default !== null ? "" : " (optional)"}`, "", cell(below.description), "", ...section(below, `${prefix}${name}.`)]),
  ];
}

function kind(node: SchemaNode): string {
  const [first] = node.anyOf ?? [];
  if (node.type === undefined && first !== undefined) return kind(first);
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (node.type === "array" && node.items !== undefined) return `list of ${kind(node.items)}`;
  if (node.type === "integer") return `${node.minimum ?? ""} to ${node.maximum === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : (node.maximum ?? "")}`;
  return node.type === "string" ? "text" : (node.type ?? "");
}

function standard(node: SchemaNode, required: boolean): string {
  if (required) return "required";
  return node.default === undefined || node.default === null ? "none" : `\`${JSON.stringify(node.default)}\``;
}

const cell = (text: string | undefined) => (text ?? "").replaceAll("|", "\\|");
