import test from "ava";
import { fault } from "../../../node-agent/src/model/fault.ts";
import { createReadiness } from "../../../node-agent/src/ops/readiness.ts";

test("nothing is ready before anything was checked", async (t) => {
  t.false((await createReadiness().report()).ready);
});

test("every reason is told by name: said, thrown, or late", async (t) => {
  const readiness = createReadiness({ timeoutMs: 20 });
  readiness.add("chain", () => null);
  readiness.add("index", async () => "12 blocks behind");
  readiness.add("disk", () => {
    throw fault("PEER_UNREACHABLE", { member: 2, why: "ECONNREFUSED" });
  });
  readiness.add("peer", () => new Promise(() => {}));
  t.deepEqual(await readiness.report(), {
    ready: false,
    checks: [
      { name: "chain", ok: true, reason: null },
      { name: "index", ok: false, reason: "12 blocks behind" },
      { name: "disk", ok: false, reason: "the agent of member 2 cannot be reached (ECONNREFUSED)" },
      { name: "peer", ok: false, reason: "no answer within 20 ms" },
    ],
    notes: [],
  });
});

test("a check under the same name replaces the first", async (t) => {
  const readiness = createReadiness();
  readiness.add("chain", () => "down");
  readiness.add("chain", () => null);
  t.deepEqual(await readiness.report(), { ready: true, checks: [{ name: "chain", ok: true, reason: null }], notes: [] });
});

test("a note is told and keeps nothing from being ready", async (t) => {
  const readiness = createReadiness();
  readiness.add("chain", () => null);
  let unknown = 0;
  readiness.note(() => (unknown === 0 ? null : `${unknown} events cannot be read`));
  t.deepEqual((await readiness.report()).notes, []);
  unknown = 3;
  const { ready, notes } = await readiness.report();
  t.deepEqual([ready, notes], [true, ["3 events cannot be read"]]);
});
