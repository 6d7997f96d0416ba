import { z } from "zod";
import { proofMediaType } from "../../proof/format.ts";
import { type PolicyRow, policy, routeKey } from "../policy.ts";
import { apiDocs, type RouteDoc } from "./docs.ts";
import { problem } from "./schemas/problem.ts";

type Json = { readonly [key: string]: unknown };

const inputSchema = (schema: z.ZodType): Json => z.toJSONSchema(schema, { io: "input", target: "draft-2020-12", unrepresentable: "any" });
const outputSchema = (schema: z.ZodType): Json => {
  // Answers are written as the schema's input: what the handler hands over is what goes out.
  const { $schema: _dialect, ...rest } = inputSchema(schema);
  return rest;
};

function parametersOf(where: "path" | "query", schema: z.ZodObject | undefined): Json[] {
  if (schema === undefined) return [];
  const json = inputSchema(schema) as { readonly properties?: Readonly<Record<string, Json>>; readonly required?: readonly string[] };
  return Object.entries(json.properties ?? {}).map(([name, property]) => ({
    name,
    in: where,
    required: where === "path" || (json.required ?? []).includes(name),
    ...(typeof property["description"] === "string" ? { description: property["description"] } : {}),
    schema: property,
  }));
}

function operationOf(row: PolicyRow, doc: RouteDoc): Json {
  const open = row.audiences.includes("public");
  const success = doc.result === null ? { description: "Done." } : { description: row.summary, content: { "application/json": { schema: outputSchema(doc.result) } } };
  return {
    operationId: `${row.method.toLowerCase()}${row.path.replace("/api", "").replaceAll(/[/:.]+([a-z])/gu, (_all, letter: string) => letter.toUpperCase())}`,
    summary: row.summary,
    description: `For: ${row.audiences.join(", ")}. On: ${row.kinds.join(", ")}.`,
    parameters: [...parametersOf("path", doc.params), ...parametersOf("query", doc.query)],
    ...(doc.body === undefined ? {} : { requestBody: { required: true, content: { "application/json": { schema: outputSchema(doc.body) } } } }),
    responses: {
      [String(doc.status)]: { ...success, ...mediaOf(row.path, success) },
      default: { description: "A problem document (RFC 9457).", content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } },
    },
    security: open ? [] : [{ bearer: [] }, { basic: [] }],
  };
}

/** Answers in other forms than one JSON document. */
function mediaOf(path: string, success: { readonly content?: Json }): Json {
  if (path === "/api/history") return { content: { ...success.content, "text/csv": { schema: { type: "string" } } } };
  if (path === "/api/history/proof") return { content: { [proofMediaType]: success.content?.["application/json"] } };
  return {};
}

/** The JSON API as an OpenAPI 3.1 document, from the policy table and the schemas that the handlers parse with. */
export function openapiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const docs: Readonly<Record<string, RouteDoc>> = apiDocs;
  for (const row of policy) {
    const doc = docs[routeKey(row)];
    if (doc === undefined) continue;
    const path = row.path.replaceAll(/:([a-z]+)/gu, "{$1}");
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: operationOf(row, doc) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Fiducial node agent", version, description: "The JSON API of a node agent. DICOMweb is under /dicom-web, as in DICOM PS3.18.", license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: { Problem: outputSchema(problem) },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "Session token from POST /api/session, or a JWT of the hospital's identity provider." },
        basic: { type: "http", scheme: "basic", description: "Local account." },
      },
    },
  };
}
