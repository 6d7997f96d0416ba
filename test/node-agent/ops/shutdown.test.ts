import test from "ava";
import { createShutdown } from "../../../node-agent/src/ops/shutdown.ts";

test("the first request aborts; further ones change nothing, insisting forces", async (t) => {
  const forced: string[] = [];
  const shutdown = createShutdown((reason) => forced.push(reason));
  t.false(shutdown.signal.aborted);
  shutdown.request("SIGTERM");
  t.true(shutdown.signal.aborted);
  shutdown.request("the parent is gone");
  t.is(await shutdown.requested, "SIGTERM");
  t.deepEqual(forced, []);
  shutdown.insist("SIGINT");
  t.deepEqual(forced, ["SIGINT"]);
});

test("a first Ctrl-C stops in order, a second one at once", (t) => {
  const forced: string[] = [];
  const shutdown = createShutdown((reason) => forced.push(reason));
  shutdown.insist("SIGINT");
  t.true(shutdown.signal.aborted);
  t.deepEqual(forced, []);
  shutdown.insist("SIGINT");
  t.deepEqual(forced, ["SIGINT"]);
});
