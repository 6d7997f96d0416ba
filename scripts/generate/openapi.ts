import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openapiDocument } from "../../node-agent/src/http/api/openapi.ts";
import { type PolicyRow, policy } from "../../node-agent/src/http/policy.ts";
import type { GeneratedFile } from "./generated-file.ts";

const listeners = { clinical: "Clinical listener (inside the institution)", peer: "Peer listener (other members, mutual TLS)", ops: "Ops listener (loopback or cluster-internal)" } as const;

/** The policy table as a page for people: who may call what. */
function routesPage(): string {
  const rows: readonly PolicyRow[] = policy;
  const sections = (["clinical", "peer", "ops"] as const).flatMap((app) => [
    `## ${listeners[app]}`,
    "",
    "| route | for | on | what |",
    "|---|---|---|---|",
    ...rows.filter((row) => row.app === app).map((row) => `| \`${row.method} ${row.path}\` | ${row.audiences.join(", ")} | ${row.kinds.join(", ")} | ${row.summary} |`),
    "",
  ]);
  return [
    "# HTTP routes",
    "",
    "<!-- Generated from node-agent/src/http/policy.ts by `npm run generate`. -->",
    "",
    "Every route and who may call it. The schemas of the JSON API are in `openapi.generated.json`, served at `/api/openapi.json`; DICOMweb is DICOM PS3.18.",
    "Errors are problem documents (RFC 9457) with a code of `errors.generated.md`. `GET` rows answer `HEAD` too; `OPTIONS` is 204 everywhere.",
    "",
    ...sections,
  ].join("\n");
}

/** The JSON API's OpenAPI document, as the agent serves it at /api/openapi.json, from the policy table and the schemas; and the table itself as a page. */
export async function generateOpenapi(): Promise<GeneratedFile[]> {
  const manifest: unknown = JSON.parse(await readFile(join(import.meta.dirname, "../../package.json"), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "0.0.0";
  return [
    { path: "docs/reference/openapi.generated.json", text: `${JSON.stringify(openapiDocument(version), null, 2)}\n` },
    { path: "docs/reference/http.generated.md", text: routesPage() },
  ];
}
