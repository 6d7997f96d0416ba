import test from "ava";
import { apiDocs } from "../../../../node-agent/src/http/api/docs.ts";
import { openapiDocument } from "../../../../node-agent/src/http/api/openapi.ts";
import { policy, routeKey } from "../../../../node-agent/src/http/policy.ts";

type Operation = { operationId: string; parameters: { name: string; in: string; required: boolean }[]; responses: Record<string, unknown>; security: unknown[]; requestBody?: unknown };
const document = openapiDocument("1.2.3") as { openapi: string; info: { version: string }; paths: Record<string, Record<string, Operation>> };
const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));

test("every API route of the policy table is described, and nothing else is", (t) => {
  const rows = policy.filter((row) => row.path.startsWith("/api/")).map(routeKey);
  t.deepEqual(Object.keys(apiDocs).sort(), [...rows].sort());
  t.deepEqual(operations.map(({ path, method }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/gu, ":$1")}`).sort(), [...rows].sort());
});

test("operation ids are unique, path parameters are declared, every operation tells its errors", (t) => {
  const ids = operations.map(({ operation }) => operation.operationId);
  t.is(new Set(ids).size, ids.length);
  for (const { path, operation } of operations) {
    const declared = operation.parameters.filter((one) => one.in === "path").map((one) => one.name);
    t.deepEqual(declared.sort(), [...path.matchAll(/\{(\w+)\}/gu)].map((found) => found[1] ?? "").sort(), path);
    t.truthy(operation.responses["default"], path);
  }
});

test("what is public is public, everything else asks for a sign-in", (t) => {
  const open = operations.filter(({ operation }) => operation.security.length === 0).map(({ path, method }) => `${method} ${path}`);
  t.deepEqual(open.sort(), ["get /api/openapi.json", "post /api/session"]);
});

test("no schema is left without a word", (t) => {
  t.is(document.openapi, "3.1.0");
  t.is(document.info.version, "1.2.3");
  for (const { path, method, operation } of operations) t.notRegex(JSON.stringify(operation.requestBody ?? {}), /"schema":\{\}/u, `${method} ${path}`);
});
