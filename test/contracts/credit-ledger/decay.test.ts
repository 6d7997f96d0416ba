import test from "ava";
import fc from "fast-check";
import { reportCoverage } from "../support/chain.ts";
import { startCredit } from "../support/credit.ts";
import { purpose, startWorld, zero } from "../support/world.ts";

const w = await startWorld();
const credit = await startCredit(w, { epochCap: 1000, minCounterparties: 1, operationsShut: 1000, operationsOpen: 1000 });
reportCoverage(test);

/** Writes the settled record without changing the score: a counted operations request. */
const touch = (member: number) => credit.call("onRequest", [member, zero, purpose.HOPERAT]);

test.serial("half of it is gone after 180 epochs, from above and from below", async (t) => {
  await credit.skip(1);
  await credit.earn(1, 20);
  await credit.misuse(2);
  t.is((await credit.of(w.member(1))).raw, 700);
  for (const [above, below] of [[600, 400], [550, 450], [525, 475]] as const) {
    await credit.skip(180);
    t.is((await credit.of(w.member(1))).raw, above);
    t.is((await credit.of(w.member(2))).raw, below);
  }
  await credit.skip(180 * 70);
  t.deepEqual([(await credit.of(w.member(1))).raw, (await credit.of(w.member(2))).raw], [500, 500]);
});

test.serial("it follows 2^(-t/180) to within a point", async (t) => {
  await credit.skip(1);
  await credit.earn(3, 40);
  for (let age = 17; age < 400; age += 17) {
    await credit.skip(17);
    const { raw } = await credit.of(w.member(3));
    const exact = 500 + 400 * 2 ** (-age / 180);
    t.true(raw <= exact && raw > exact - 1.001, `after ${age} epochs: ${raw}, exactly ${exact}`);
  }
});

test.serial("looking, or writing, in between changes nothing at all", async (t) => {
  let member = 1000;
  const pause = fc.integer({ min: 1, max: 200 });
  const property = fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.boolean(), fc.array(pause, { minLength: 1, maxLength: 5 }), async (points, loses, pauses) => {
    const [watched, left] = [member++, member++];
    for (const one of [watched, left]) {
      await credit.earn(one, points);
      if (loses) await credit.misuse(one);
    }
    for (const epochs of pauses) {
      await credit.skip(epochs);
      await touch(watched);
      const [a, b] = [await credit.of(w.member(watched)), await credit.of(w.member(left))];
      if (a.raw !== b.raw || a.score !== b.score || a.tier !== b.tier || a.gateOpen !== b.gateOpen) return false;
    }
    // And afterwards both still earn alike.
    for (const one of [watched, left]) await credit.acknowledge(one, 7);
    return (await credit.of(w.member(watched))).raw === (await credit.of(w.member(left))).raw;
  });
  await fc.assert(property, { numRuns: 25 });
  t.pass();
});

test.serial("within an epoch nothing decays, at its end everything does", async (t) => {
  await credit.skip(1);
  await credit.earn(5, 20);
  const now = await w.now();
  const end = (Math.floor(now / credit.epochSeconds) + 1) * credit.epochSeconds;
  await w.sleep(end - 1 - now);
  t.is((await credit.of(w.member(5))).raw, 700);
  await w.sleep(1);
  t.is((await credit.of(w.member(5))).raw, 699);
});
