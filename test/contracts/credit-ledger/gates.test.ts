import test from "ava";
import { reason } from "../support/access.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startCredit, tier } from "../support/credit.ts";
import { purpose, startWorld, zero } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);

test.serial("the gate opens at 600, stays open to 550, and opens again only at 600", async (t) => {
  const credit = await startCredit(w, { epochCap: 1000 });
  const of = () => credit.of(w.member(1));
  await credit.skip(1);
  await credit.earn(1, 9);
  t.like(await of(), { score: 590, gateOpen: false });
  emitted(t, await credit.acknowledge(1, 500), "TierChanged", { subject: w.member(1), tier: tier.Silver });
  t.like(await of(), { score: 600, gateOpen: true, tier: tier.Silver });
  await credit.missed(1);
  t.like(await of(), { score: 550, gateOpen: true });
  await credit.skip(1);
  t.like(await of(), { score: 549, gateOpen: false, tier: tier.Bronze });
  await credit.earn(1, 5, 600);
  t.like(await of(), { score: 599, gateOpen: false });
  await credit.earn(1, 1, 700);
  t.like(await of(), { gateOpen: true });
});

test.serial("no gate opens before the third counterparty, however high the score", async (t) => {
  const credit = await startCredit(w, { epochCap: 1000 });
  for (let epoch = 0; epoch < 8; epoch++) {
    await credit.skip(1);
    for (const other of [2, 3]) for (let turn = 0; turn < 4; turn++) await credit.acknowledge(1, other);
  }
  const before = await credit.of(w.member(1));
  t.true(before.raw > 700);
  t.like(before, { score: 400, gateOpen: false });
  await credit.acknowledge(1, 4);
  t.true((await credit.of(w.member(1))).gateOpen);
});

test.serial("Gold from 800 down to 750", async (t) => {
  const credit = await startCredit(w, { epochCap: 1000 });
  await credit.earn(1, 30);
  t.is((await credit.of(w.member(1))).tier, tier.Gold);
  await credit.missed(1);
  t.like(await credit.of(w.member(1)), { score: 750, tier: tier.Gold });
  await credit.missed(1);
  t.like(await credit.of(w.member(1)), { score: 700, tier: tier.Silver });
});

test.serial("treatment below the base is neither counted, nor limited, nor braked", async (t) => {
  const credit = await startCredit(w, { operationsShut: 1, operationsOpen: 1 });
  await credit.missed(1);
  t.is((await credit.of(w.member(1))).raw, 450);
  for (const _turn of [1, 2, 3]) t.is(await credit.request(1, zero, purpose.TREAT), reason.None);
  t.like(await credit.of(w.member(1)), { researchUsed: 0, operationsUsed: 0 });
  t.is(await credit.request(1, zero, purpose.HOPERAT), reason.None);
  await w.send(w.council, credit.contract, "pause");
  t.is(await credit.request(1, zero, purpose.TREAT), reason.None);
  await refused(t, "WritesArePaused", credit.request(1, zero, purpose.HOPERAT));
});

test.serial("research needs the gate; operations are few without it; both are counted per epoch", async (t) => {
  const credit = await startCredit(w, { epochCap: 1000, operationsShut: 2, operationsOpen: 3, researchOpen: 2 });
  const ask = (why: number) => credit.request(1, zero, why);
  t.is(await ask(purpose.HRESCH), reason.CreditTooLow);
  t.is(await ask(purpose.PUBHLTH), reason.CreditTooLow);
  t.deepEqual([await ask(purpose.HOPERAT), await ask(purpose.HLEGAL), await ask(purpose.HOPERAT)], [0, 0, reason.QuotaExceeded]);
  await credit.earn(1, 10);
  t.deepEqual([await ask(purpose.HOPERAT), await ask(purpose.HOPERAT)], [0, reason.QuotaExceeded]);
  t.deepEqual([await ask(purpose.HRESCH), await ask(purpose.PUBHLTH), await ask(purpose.HRESCH)], [0, 0, reason.QuotaExceeded]);
  t.like(await credit.of(w.member(1)), { researchUsed: 2, operationsUsed: 3 });
  await credit.skip(1);
  t.like(await credit.of(w.member(1)), { researchUsed: 0, operationsUsed: 0 });
});

test.serial("treatment needs only the floor; a second opinion not even that", async (t) => {
  const credit = await startCredit(w);
  const ask = (why: number) => credit.request(1, w.stranger, why);
  t.is(await ask(purpose.TREAT), reason.None);
  await credit.misuse(1);
  t.is(await ask(purpose.TREAT), reason.None);
  await credit.misuse(1);
  t.is((await credit.of(w.member(1))).score, 100);
  t.is(await ask(purpose.TREAT), reason.None);
  await credit.missed(1);
  t.is(await ask(purpose.TREAT), reason.CreditTooLow);
  t.is(await ask(purpose.HOPERAT), reason.CreditTooLow);
  t.is(await ask(purpose.PATRQT), reason.None);
});

test.serial("open second opinions: as many as the patient's tier allows, until they are closed", async (t) => {
  const credit = await startCredit(w, { epochCap: 1000, openBronze: 1, openSilver: 2, openGold: 3 });
  const account = w.signer().address;
  const ask = () => credit.request(1, account, purpose.PATRQT);
  const deliveries = async (count: number, from: number) => {
    for (let index = 0; index < count; index++) await credit.acknowledge(2, from + index, account);
  };
  t.deepEqual([await ask(), await ask()], [0, reason.OpenRequestLimit]);
  await deliveries(10, 100);
  t.deepEqual([await ask(), await ask()], [0, reason.OpenRequestLimit]);
  await deliveries(20, 200);
  t.deepEqual([await ask(), await ask()], [0, reason.OpenRequestLimit]);
  await credit.call("onSecondOpinionClosed", [account]);
  t.is((await credit.of(w.account(account))).openRequests, 2);
  t.is(await ask(), 0);
});
