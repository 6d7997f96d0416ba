import test from "ava";
import { mount } from "../../../node-agent/src/http/mount.ts";
import type { PolicyRow } from "../../../node-agent/src/http/policy.ts";
import type { Problem } from "../../../node-agent/src/http/problem.ts";
import { beginApp, type Failure, finishApp } from "../../../node-agent/src/http/server/base-app.ts";
import { jsonBody } from "../../../node-agent/src/http/server/json-body.ts";
import { listen } from "../../../node-agent/src/http/server/listen.ts";
import { write } from "../../../node-agent/src/http/server/stream-out.ts";
import { fault } from "../../../node-agent/src/model/fault.ts";
import { z } from "zod";

const paths = ["/fault", "/bug", "/busy", "/json", "/half"] as const;
const rows = paths.map((path): PolicyRow => ({ app: "ops", method: path === "/json" ? "POST" : "GET", path, audiences: ["operator"], kinds: ["hospital"], summary: "test" }));

async function open(t: { teardown(work: () => Promise<void>): void }) {
  const failures: Failure[] = [];
  const observer = { failed: (failure: Failure) => void failures.push(failure), ended: () => {} };
  const app = beginApp(observer);
  mount(
    app,
    { name: "ops", kind: "hospital", guard: async () => null, rows },
    {
      "GET /fault": () => {
        throw fault("HTTP_FOREIGN_PATIENT", {});
      },
      "GET /bug": async () => {
        throw new Error("SELECT * FROM patients WHERE name = 'DOE^JANE'");
      },
      "GET /busy": () => {
        throw fault("STUDY_INCOMPLETE", { study: "0x01", have: 1, want: 2 });
      },
      "POST /json": async ({ request, response }) => {
        response.json(await jsonBody(request, response, z.strictObject({ age: z.int() })));
      },
      "GET /half": async ({ response }) => {
        response.set("Content-Type", "text/plain");
        await write(response, Buffer.alloc(200_000, "x"));
        throw new Error("the disk went away");
      },
    },
  );
  const listener = await listen(finishApp(app, observer), { host: "127.0.0.1", port: 0 });
  t.teardown(() => listener.close(0));
  return { url: listener.url, failures };
}

test("a fault is a problem document with its code, hint and request id", async (t) => {
  const { url, failures } = await open(t);
  const answer = await fetch(`${url}/fault`);
  t.is(answer.status, 403);
  t.is(answer.headers.get("content-type"), "application/problem+json; charset=utf-8");
  const problem = (await answer.json()) as Problem;
  t.is(problem.type, "urn:fiducial:error:HTTP_FOREIGN_PATIENT");
  t.is(problem.code, "HTTP_FOREIGN_PATIENT");
  t.true(problem.hint.length > 10);
  t.is(problem.instance, `urn:uuid:${answer.headers.get("x-request-id")}`);
  t.is(failures[0]?.route, "GET /fault");
});

test("an unknown error says nothing of itself", async (t) => {
  const { url, failures } = await open(t);
  const answer = await fetch(`${url}/bug`);
  t.is(answer.status, 500);
  const text = await answer.text();
  t.notRegex(text, /JANE|SELECT|stack|\.ts/u);
  t.is((JSON.parse(text) as Problem).code, "HTTP_INTERNAL");
  t.true(failures[0]?.cause instanceof Error, "the log gets the cause");
});

test("503 says when to come back", async (t) => {
  const { url } = await open(t);
  const answer = await fetch(`${url}/busy`);
  t.is(answer.status, 503);
  t.regex(answer.headers.get("retry-after") ?? "", /^\d+$/u);
});

const bodies: readonly (readonly [string, string, string, number, string])[] = [
  ["not JSON", "application/json", "{", 400, "HTTP_BAD_REQUEST"],
  ["another type", "text/plain", "{}", 415, "HTTP_UNSUPPORTED_MEDIA"],
  ["an unknown field", "application/json", '{"age":1,"DOE^JANE":2}', 400, "HTTP_BAD_REQUEST"],
  ["a wrong value", "application/json", '{"age":"DOE^JANE"}', 400, "HTTP_BAD_REQUEST"],
  ["a list", "application/json", "[]", 400, "HTTP_BAD_REQUEST"],
  ["too much", "application/json", JSON.stringify({ age: "x".repeat(300_000) }), 413, "HTTP_BODY_TOO_LARGE"],
  ["an unknown character set", "application/json; charset=klingon", '{"age":1}', 415, "HTTP_UNSUPPORTED_MEDIA"],
];
for (const [name, type, body, status, code] of bodies) {
  test(`a body that is ${name} is ${status}`, async (t) => {
    const { url } = await open(t);
    const answer = await fetch(`${url}/json`, { method: "POST", headers: { "content-type": type }, body });
    t.is(answer.status, status);
    const text = await answer.text();
    t.is((JSON.parse(text) as Problem).code, code);
    t.notRegex(text, /JANE/u, "what was sent is not repeated");
  });
}

test("a malformed address is 400, not 500", async (t) => {
  const { url } = await open(t);
  t.true([400, 404].includes((await fetch(`${url}/%E0%A4%A`)).status));
});

test("an answer that fails in the middle is cut, never ended", async (t) => {
  const { url } = await open(t);
  const answer = await fetch(`${url}/half`);
  t.is(answer.status, 200);
  await t.throwsAsync(() => answer.arrayBuffer());
});
