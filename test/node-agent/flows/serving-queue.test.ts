import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import fc from "fast-check";
import { RateLimit } from "../../../node-agent/src/flows/rate-limit.ts";
import { type Lease, ServingQueue } from "../../../node-agent/src/flows/serving-queue.ts";
import { servingRank } from "../../../node-agent/src/flows/serving-rank.ts";
import { address, digest, memberId, requestId, studyId } from "../../../node-agent/src/model/ids.ts";
import type { RequestView } from "../../../node-agent/src/model/ledger-views.ts";

const never = new AbortController().signal;
const [one, two, three] = [memberId(1), memberId(2), memberId(3)];
const limits = { streams: 2, bytesPerSecond: null, bytesPerSecondPerMember: null };

/** Time passes only when somebody sleeps: everything that waits at a moment is served before the clock moves. */
function clock() {
  let now = 1_000_000;
  return {
    now: () => now,
    async sleep(ms: number) {
      await sleep(0);
      now += ms;
    },
  };
}
const turn = (): Promise<void> => sleep(1);

test("places go by rank, then to the member with fewer streams, then in order; an emergency waits for none", async (t) => {
  const queue = new ServingQueue(clock(), limits);
  const first = await queue.enter(one, 1, never);
  const second = await queue.enter(one, 1, never);
  const entered: string[] = [];
  const leases: Lease[] = [];
  const ask = (name: string, member: typeof one, rank: number): void => void queue.enter(member, rank, never).then((lease) => {
    entered.push(name);
    leases.push(lease);
  });
  ask("research", two, 3);
  ask("replica", two, 2);
  ask("care of the one who has two", one, 1);
  ask("care", three, 1);
  await turn();
  t.deepEqual(entered, []);
  ask("emergency", two, 0);
  await turn();
  t.deepEqual(entered, ["emergency"]);
  t.deepEqual(queue.counts(), { serving: 3, waiting: 4 });
  const leaveNext = async (): Promise<void> => {
    (entered.length === 1 ? first : leases.at(-1))?.leave();
    await turn();
  };
  for (let round = 0; round < 4; round++) await leaveNext();
  t.deepEqual(entered, ["emergency", "care", "care of the one who has two", "replica", "research"]);
  second.leave();
  second.leave();
  for (const lease of leases) lease.leave();
  t.deepEqual(queue.counts(), { serving: 0, waiting: 0 });
});

test("who gives up waiting takes no place; too many waiting are sent away", async (t) => {
  const queue = new ServingQueue(clock(), { ...limits, streams: 1 });
  const lease = await queue.enter(one, 1, never);
  const gone = new AbortController();
  const waiting = queue.enter(two, 1, gone.signal);
  gone.abort(new Error("gone"));
  await t.throwsAsync(waiting, { message: "gone" });
  const many = Array.from({ length: 512 }, () => queue.enter(two, 3, never));
  await t.throwsAsync(queue.enter(two, 1, never), { code: "PEER_BUSY" });
  lease.leave();
  for (const next of many) (await next).leave();
  t.deepEqual(queue.counts(), { serving: 0, waiting: 0 });
});

test("at any moment no more streams than allowed, and none starves", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.record({ member: fc.integer({ min: 1, max: 4 }), rank: fc.constantFrom(0, 1, 1.4, 2, 3) }), { maxLength: 40 }), async (streams, asks) => {
      const queue = new ServingQueue(clock(), { ...limits, streams });
      let [running, most, served] = [0, 0, 0];
      await Promise.all(
        asks.map(async ({ member, rank }) => {
          const lease = await queue.enter(memberId(member), rank, never);
          if (rank >= 1) most = Math.max(most, ++running);
          await Promise.resolve();
          if (rank >= 1) running--;
          served++;
          lease.leave();
        }),
      );
      t.true(most <= streams, `${most} of ${streams}`);
      t.is(served, asks.length);
      t.deepEqual(queue.counts(), { serving: 0, waiting: 0 });
    }),
    { numRuns: 60 },
  );
});

test("a limit holds over any second, and bytes under it go by rank", async (t) => {
  const time = clock();
  const rate = new RateLimit(time, 1_000_000);
  const begun = time.now();
  let sent = 0;
  for (let piece = 0; piece < 50; piece++) {
    await rate.take(100_000, 1, never);
    sent += 100_000;
    const allowed = 250_000 + time.now() - begun < 0 ? 0 : 250_000 + (time.now() - begun) * 1000;
    t.true(sent <= allowed + 1, `${sent} bytes after ${time.now() - begun} ms`);
  }
  t.true(time.now() - begun >= 4_600, "5 MB at 1 MB/s, less what the bucket held");
  const order: string[] = [];
  const take = (name: string, rank: number) => rate.take(200_000, rank, never).then(() => void order.push(name));
  await Promise.all([take("research", 3), take("more research", 3), take("care", 1), take("emergency", 0)]);
  t.deepEqual(order, ["emergency", "care", "research", "more research"]);
});

test("each member has its own limit beside that of all", async (t) => {
  const time = clock();
  const queue = new ServingQueue(time, { streams: 8, bytesPerSecond: null, bytesPerSecondPerMember: 1_000_000 });
  const slow = await queue.enter(one, 1, never);
  const other = await queue.enter(two, 1, never);
  const begun = time.now();
  await slow.take(250_000, never);
  await other.take(250_000, never);
  t.is(time.now(), begun, "one's bytes do not count for the other");
  await slow.take(250_000, never);
  t.true(time.now() - begun >= 249);
  const stop = new AbortController();
  const cut = slow.take(10_000_000, stop.signal);
  stop.abort(new Error("cut"));
  await t.throwsAsync(cut, { message: "cut" });
});

const view = (change: Partial<RequestView>): RequestView => ({
  id: requestId(`0x${"01".repeat(32)}`), study: studyId(`0x${"02".repeat(32)}`), requester: two, custodian: one, patient: address(`0x${"03".repeat(20)}`), purpose: "TREAT", state: "delivered", reason: "none",
  emergency: false, review: "none", requestedAt: 1, dueBy: 2, accused: null, keyDigest: digest(`0x${"04".repeat(32)}`), ...change,
});

test("a stream's rank comes from the chain: purpose, then credit; a request of somebody else counts for nothing", (t) => {
  const rank = (change: Partial<RequestView> | null, score: number | null = null, member = two): number =>
    servingRank({ ledgerIndex: { request: () => (change === null ? null : view(change)), lastCredit: (subject: unknown) => (score === null ? null : { subject, score }) } as never }, member, change === null ? null : view(change).id);
  const order = [rank({ emergency: true, purpose: "ETREAT" }), rank({}, 900), rank({}), rank({}, 100), rank(null), rank({ purpose: "HRESCH" }, 900), rank({ purpose: "HRESCH" }, 100)];
  t.deepEqual(order, [...order].sort((first, second) => first - second));
  t.is(new Set(order).size, order.length);
  t.is(rank({ emergency: true, purpose: "ETREAT" }, null, three), rank(null), "an emergency of another member");
  t.true(rank({ emergency: true, purpose: "ETREAT", review: "notJustified" }) > rank(null));
});
