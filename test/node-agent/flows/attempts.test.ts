import test from "ava";
import { Attempts } from "../../../node-agent/src/flows/attempts.ts";
import { Wake } from "../../../node-agent/src/flows/wake.ts";
import { fault } from "../../../node-agent/src/model/fault.ts";

test("one run per key, a bounded number per flow, and a flow that waits does not hold up another", async (t) => {
  const attempts = new Attempts(() => 0, 2);
  const gate = Promise.withResolvers<void>();
  const wait = () => gate.promise;
  const quiet = () => {};
  t.true(attempts.start("share", "one", wait, quiet));
  t.false(attempts.start("share", "one", wait, quiet), "running already");
  t.true(attempts.start("share", "two", wait, quiet));
  t.false(attempts.start("share", "three", wait, quiet), "no slot");
  t.true(attempts.start("answer", "one", wait, quiet), "another flow");
  gate.resolve();
  await attempts.drained();
  t.true(attempts.start("share", "three", wait, quiet));
});

test("a failure is listed with its code and tried again after a delay that doubles", async (t) => {
  let now = 0;
  const attempts = new Attempts(() => now);
  const fail = async () => Promise.reject(fault("REPLICAS_UNREACHABLE", { have: 1, want: 2 }));
  const delays: number[] = [];
  for (let i = 0; i < 9; i++) {
    t.true(attempts.start("share", "key", fail, () => {}));
    await attempts.drained();
    const [failure] = attempts.failures("share");
    t.is(failure?.code, "REPLICAS_UNREACHABLE");
    delays.push((failure?.nextAt ?? 0) - now);
    now = failure?.nextAt ?? 0;
    now--;
    t.false(attempts.start("share", "key", fail, () => {}), "too early");
    now++;
  }
  t.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  attempts.start("share", "key", async () => {}, () => {});
  await attempts.drained();
  t.deepEqual(attempts.failures(), []);
});

test("a failure of what nobody asks for any more is forgotten, one that is only waiting is not", async (t) => {
  let now = 0;
  const attempts = new Attempts(() => now);
  const fail = async () => Promise.reject(fault("REPLICAS_UNREACHABLE", { have: 1, want: 2 }));
  const ask = (key: string) => attempts.start("share", key, fail, () => {});
  for (const key of ["one", "two"]) ask(key);
  await attempts.drained();
  attempts.endPass();
  t.is(attempts.failures().length, 2);
  t.false(ask("one"), "waiting");
  attempts.endPass();
  t.deepEqual(attempts.failures().map(({ key }) => key), ["one"]);
  now = 500;
  ask("one");
  attempts.endPass();
  await attempts.drained();
  t.is(attempts.failures()[0]?.attempts, 2);
});

test("a ring while nobody sleeps is heard at the next sleep; an abort ends it", async (t) => {
  const wake = new Wake();
  const stop = new AbortController();
  wake.ring();
  await wake.wait(60_000, stop.signal);
  const sleeping = wake.wait(60_000, stop.signal);
  wake.ring();
  await sleeping;
  const last = wake.wait(60_000, stop.signal);
  stop.abort();
  await last;
  t.pass();
});
