import test from "ava";
import { emitted, reportCoverage } from "../support/chain.ts";
import { cause, startCredit, tier } from "../support/credit.ts";
import { startWorld } from "../support/world.ts";

const w = await startWorld();
const credit = await startCredit(w);
reportCoverage(test);

test.serial("fifty for a missed deadline, two hundred for misuse, at once", async (t) => {
  emitted(t, await credit.missed(1, 2), "CreditChanged", { subject: w.member(1), cause: cause.MissedDeadline, counterparty: w.member(2), delta: -50, raw: 450, score: 400 });
  emitted(t, await credit.misuse(1, 3), "CreditChanged", { cause: cause.Misuse, counterparty: w.member(3), delta: -200, raw: 250, score: 250 });
});

test.serial("never below nothing, and what was not there is not owed", async (t) => {
  for (let turn = 0; turn < 4; turn++) await credit.misuse(2);
  t.is((await credit.of(w.member(2))).raw, 0);
  await credit.acknowledge(2, 3);
  t.is((await credit.of(w.member(2))).raw, 10);
});

test.serial("never above a thousand", async (t) => {
  const rich = await startCredit(w, { epochCap: 1000, minCounterparties: 1 });
  await rich.earn(1, 52);
  t.like(await rich.of(w.member(1)), { raw: 1000, score: 1000, tier: tier.Gold, gateOpen: true });
});

test.serial("what a penalty changes beside the score is told", async (t) => {
  const rich = await startCredit(w, { epochCap: 1000, minCounterparties: 1 });
  await rich.earn(1, 31);
  emitted(t, await rich.misuse(1), "TierChanged", { subject: w.member(1), tier: tier.Silver });
  t.false((await rich.missed(1)).events.some(({ name }) => name === "TierChanged"));
});
