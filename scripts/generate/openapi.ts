import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openapiDocument } from "../../node-agent/src/http/api/openapi.ts";
import type { GeneratedFile } from "./generated-file.ts";

/** The JSON API's OpenAPI document, as the agent serves it at /api/openapi.json, from the policy table and the schemas. */
export async function generateOpenapi(): Promise<GeneratedFile[]> {
  const manifest: unknown = JSON.parse(await readFile(join(import.meta.dirname, "../../package.json"), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "0.0.0";
  return [{ path: "docs/reference/openapi.generated.json", text: `${JSON.stringify(openapiDocument(version), null, 2)}\n` }];
}
