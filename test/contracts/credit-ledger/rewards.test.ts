import test from "ava";
import fc from "fast-check";
import { emitted, reportCoverage } from "../support/chain.ts";
import { cause, startCredit } from "../support/credit.ts";
import { startWorld } from "../support/world.ts";

const w = await startWorld();
const credit = await startCredit(w);
reportCoverage(test);

test.serial("a subject never seen has the base score, cut for newcomers", async (t) => {
  const now = Math.floor((await w.now()) / 86_400);
  t.deepEqual(await credit.of(w.member(77)), { score: 400, raw: 500, epoch: now, counterparties: 0, gateOpen: false, tier: 0, earned: 0, researchUsed: 0, operationsUsed: 0, openRequests: 0 });
});

test.serial("10, 5, 2, 1, then nothing, for one pair in one epoch; anew in the next", async (t) => {
  const deltas: unknown[] = [];
  for (let turn = 0; turn < 6; turn++) {
    const sent = await credit.acknowledge(1, 2);
    deltas.push(emitted(t, sent, "CreditChanged", { subject: w.member(1), cause: cause.Delivery, counterparty: w.member(2) })["delta"]);
  }
  t.deepEqual(deltas, [10, 5, 2, 1, 0, 0]);
  t.like(await credit.of(w.member(1)), { raw: 518, score: 400, counterparties: 1, earned: 18 });
  await credit.skip(1);
  emitted(t, await credit.acknowledge(1, 2), "CreditChanged", { delta: 10 });
  t.like(await credit.of(w.member(1)), { counterparties: 1, earned: 10 });
});

test.serial("fifty an epoch at most, the last reward cut to what is left", async (t) => {
  await credit.earn(3, 4);
  await credit.acknowledge(3, 1000);
  const deltas: unknown[] = [];
  for (const other of [2000, 2001, 2002]) deltas.push(emitted(t, await credit.acknowledge(3, other), "CreditChanged")["delta"]);
  t.deepEqual(deltas, [5, 0, 0]);
  t.like(await credit.of(w.member(3)), { raw: 550, earned: 50, counterparties: 7 });
});

test.serial("the patient's account earns beside the custodian, when there is one", async (t) => {
  const account = w.signer().address;
  const sent = await credit.acknowledge(4, 5, account);
  t.is(sent.events.length, 2);
  t.like(await credit.of(w.account(account)), { raw: 510, counterparties: 1 });
  t.is((await credit.acknowledge(4, 6)).events.length, 1);
});

test.serial("with three counterparties the whole score counts", async (t) => {
  await credit.earn(6, 2);
  t.like(await credit.of(w.member(6)), { raw: 520, score: 400 });
  await credit.earn(6, 1, 3000);
  t.like(await credit.of(w.member(6)), { raw: 530, score: 530 });
});

test.serial("a lowered cap below what was earned gives nothing more", async (t) => {
  const low = await startCredit(w);
  await low.earn(1, 3);
  await w.send(w.council, low.contract, "setParameters", [{ ...low.parameters, epochCap: 20 }]);
  emitted(t, await low.acknowledge(1, 9000), "CreditChanged", { delta: 0 });
});

test.serial("a score stays within 0 and 1000 and earns no more than the cap, whatever happens", async (t) => {
  let member = 100;
  const step = fc.oneof(
    fc.record({ kind: fc.constant("ack" as const), other: fc.integer({ min: 200, max: 212 }) }),
    fc.record({ kind: fc.constant("misuse" as const), other: fc.constant(0) }),
    fc.record({ kind: fc.constant("missed" as const), other: fc.constant(0) }),
    fc.record({ kind: fc.constant("skip" as const), other: fc.integer({ min: 1, max: 400 }) }),
  );
  const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    member += 1;
    for (const { kind, other } of steps) {
      if (kind === "ack") await credit.acknowledge(member, other);
      else if (kind === "skip") await credit.skip(other);
      else await credit[kind](member);
      const { raw, score, earned, counterparties, gateOpen } = await credit.of(w.member(member));
      if (raw > 1000 || earned > 50 || score > raw) return false;
      if (counterparties < 3 && (score > 400 || gateOpen)) return false;
    }
    return true;
  });
  await fc.assert(property, { numRuns: 40 });
  t.pass();
});
