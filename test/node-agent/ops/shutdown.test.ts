import test from "ava";
import { createShutdown } from "../../../node-agent/src/ops/shutdown.ts";

test("the first request aborts, the second and third force", async (t) => {
  const forced: string[] = [];
  const shutdown = createShutdown((reason) => forced.push(reason));
  t.false(shutdown.signal.aborted);
  shutdown.request("SIGTERM");
  t.true(shutdown.signal.aborted);
  t.is(await shutdown.requested, "SIGTERM");
  t.deepEqual(forced, []);
  shutdown.request("SIGINT");
  shutdown.request("SIGINT");
  t.deepEqual(forced, ["SIGINT", "SIGINT"]);
});
