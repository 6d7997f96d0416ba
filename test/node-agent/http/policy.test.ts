import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import express from "express";
import { mount } from "../../../node-agent/src/http/mount.ts";
import { type PolicyRow, policy, routeKey } from "../../../node-agent/src/http/policy.ts";
import { beginApp, finishApp } from "../../../node-agent/src/http/server/base-app.ts";
import { listen } from "../../../node-agent/src/http/server/listen.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { silent } from "./support/observer.ts";

const row = (method: PolicyRow["method"], path: string): PolicyRow => ({ app: "ops", method, path, audiences: ["operator"], kinds: ["hospital"], summary: "test" });
const guard = async () => null;

test("no two rows are the same route, and every row has an audience, a kind and words", (t) => {
  const keys = policy.map((one) => `${one.app} ${routeKey(one)}`);
  t.is(new Set(keys).size, keys.length);
  for (const one of policy) t.true(one.audiences.length > 0 && one.kinds.length > 0 && one.summary.length > 5, routeKey(one));
});

test("images are for clinicians and patients only, and on hospitals only", (t) => {
  const rows: readonly PolicyRow[] = policy.filter((one) => one.path.startsWith("/dicom-web"));
  t.true(rows.length >= 15);
  for (const one of rows) {
    t.deepEqual(one.kinds, ["hospital"], one.path);
    t.true(one.audiences.every((audience) => audience === "clinician" || audience === "patient"), one.path);
  }
});

test("only signing in, the description and the page are public", (t) => {
  const open = policy.filter((one: PolicyRow) => one.audiences.includes("public")).map(routeKey);
  t.deepEqual([...open].sort(), ["GET /", "GET /api/openapi.json", "POST /api/session"]);
});

test("a handler without a row is refused", (t) => {
  const error = t.throws(() => mount(express(), { name: "ops", kind: "hospital", guard, rows: [row("GET", "/a")] }, { "GET /a": () => {}, "GET /b": () => {} }), { instanceOf: Fault });
  t.is(error?.code, "HTTP_ROUTE_WITHOUT_POLICY");
});

test("a row without a handler is refused", (t) => {
  const error = t.throws(() => mount(express(), { name: "ops", kind: "hospital", guard, rows: [row("GET", "/a"), row("POST", "/a")] }, { "GET /a": () => {} }), { instanceOf: Fault });
  t.is(error?.code, "HTTP_POLICY_WITHOUT_ROUTE");
});

test("no file but mount.ts registers routes", async (t) => {
  const root = "node-agent/src/http";
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".ts") && name !== "mount.ts");
  t.true(files.length > 30);
  for (const file of files) t.notRegex(await readFile(join(root, file), "utf8"), /\bapp\.(?:get|post|put|patch|delete|all|route)\(/u, file);
});

test("405 with Allow, 204 for OPTIONS, 404 elsewhere, and nothing of an observer's missing rows", async (t) => {
  const app = beginApp(silent);
  const rows = [row("GET", "/a"), row("POST", "/a"), { ...row("GET", "/observed"), kinds: ["observer"] as const }];
  const done = ({ response }: { response: express.Response }) => void response.end("done");
  mount(app, { name: "ops", kind: "hospital", guard, rows }, { "GET /a": done, "POST /a": done, "GET /observed": done });
  const listener = await listen(finishApp(app, silent), { host: "127.0.0.1", port: 0 });
  t.teardown(() => listener.close(0));
  const wrong = await fetch(`${listener.url}/a`, { method: "DELETE" });
  t.is(wrong.status, 405);
  t.is(wrong.headers.get("allow"), "GET, POST, HEAD, OPTIONS");
  t.is((await fetch(`${listener.url}/a`, { method: "OPTIONS" })).status, 204);
  t.is((await fetch(`${listener.url}/a`, { method: "HEAD" })).status, 200);
  t.is((await fetch(`${listener.url}/observed`)).status, 404);
  const missing = await fetch(`${listener.url}/1.2.840.secret`);
  t.is(missing.status, 404);
  const text = await missing.text();
  t.notRegex(text, /secret/u, "an address is not repeated");
  t.is((JSON.parse(text) as { code: string }).code, "HTTP_NOT_FOUND");
});
