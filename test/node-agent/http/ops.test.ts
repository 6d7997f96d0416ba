import test from "ava";
import { createOpsApp } from "../../../node-agent/src/http/ops/app.ts";
import { listen } from "../../../node-agent/src/http/server/listen.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { createMetrics } from "../../../node-agent/src/ops/metrics.ts";
import { createReadiness } from "../../../node-agent/src/ops/readiness.ts";
import { silent } from "./support/observer.ts";

test("live at once, ready when every check holds, and metrics in Prometheus' words", async (t) => {
  const readiness = createReadiness();
  const exposition = createMetrics({ processMetrics: false });
  const listener = await listen(createOpsApp({ kind: "hospital", observer: silent, readiness, exposition }), { host: "127.0.0.1", port: 0 });
  t.teardown(() => listener.close(0));
  t.is((await fetch(`${listener.url}/livez`)).status, 200);
  t.is((await fetch(`${listener.url}/readyz`)).status, 503);
  let reason: string | null = "the chain's head is 90 seconds old";
  readiness.add("ledger", () => reason);
  const waiting = await fetch(`${listener.url}/readyz`);
  t.is(waiting.status, 503);
  t.truthy(waiting.headers.get("retry-after"));
  t.deepEqual(await waiting.json(), { ready: false, checks: [{ name: "ledger", ok: false, reason: "the chain's head is 90 seconds old" }], notes: [] });
  reason = null;
  t.is((await fetch(`${listener.url}/readyz`)).status, 200);
  exposition.metrics.count("fiducial_sign_in_failures_total", {});
  const metrics = await fetch(`${listener.url}/metrics`);
  t.regex(metrics.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/u);
  t.regex(await metrics.text(), /fiducial_sign_in_failures_total 1/u);
});

test("a port in use is said in a sentence", async (t) => {
  const listener = await listen(() => {}, { host: "127.0.0.1", port: 0 });
  t.teardown(() => listener.close(0));
  const error = await t.throwsAsync(() => listen(() => {}, { host: "127.0.0.1", port: listener.port }), { instanceOf: Fault });
  t.is(error?.code, "HTTP_LISTEN_FAILED");
  t.regex(error?.message ?? "", /EADDRINUSE/u);
});

test("stopping lets a running exchange end", async (t) => {
  const listener = await listen((_request, response) => void setTimeout(() => response.end("whole"), 100), { host: "127.0.0.1", port: 0 });
  const answer = fetch(listener.url);
  await new Promise((resolve) => setTimeout(resolve, 40));
  const closed = listener.close(5_000);
  t.is(await (await answer).text(), "whole");
  await closed;
  await t.throwsAsync(() => fetch(listener.url));
});
