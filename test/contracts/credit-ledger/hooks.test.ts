import test from "ava";
import { getAddress } from "viem";
import { refused, reportCoverage } from "../support/chain.ts";
import { startCredit } from "../support/credit.ts";
import { purpose, startWorld, zero } from "../support/world.ts";

const w = await startWorld();
const credit = await startCredit(w);
reportCoverage(test);
const hooks: readonly (readonly [string, readonly unknown[]])[] = [
  ["onRequest", [1, w.stranger, purpose.PATRQT]],
  ["onAcknowledged", [1, 2, zero]],
  ["onMissedDeadline", [1, 2]],
  ["onMisuse", [1, 2]],
  ["onSecondOpinionClosed", [w.stranger]],
];

test.serial("only the access ledger calls them", async (t) => {
  for (const [name, args] of hooks) {
    for (const from of [w.council, w.operator(1), w.stranger]) {
      t.deepEqual(await refused(t, "CallerNotAccessLedger", w.send(from, w.credit, name, args)), [from], name);
    }
  }
  t.is(await w.read(w.credit, "accessLedger"), getAddress(w.access.address));
});

test.serial("the brake stops every one that writes; treatment, which writes nothing here, goes on", async (t) => {
  await w.send(w.council, w.authority, "setTargetFunctionRole", [credit.contract.address, ["0x8456cb59"], 2n]);
  await w.pause(credit.contract);
  for (const [name, args] of hooks) await refused(t, "WritesArePaused", credit.call(name, args));
  await refused(t, "WritesArePaused", credit.call("onRequest", [1, zero, purpose.HOPERAT]));
  await t.notThrowsAsync(credit.call("onRequest", [1, zero, purpose.TREAT]));
});

test.serial("a member and an account never share a subject key", async (t) => {
  t.is(await w.read(w.credit, "memberSubject", [1]), w.member(1));
  t.is(await w.read(w.credit, "accountSubject", ["0x0000000000000000000000000000000000000001"]), w.account("0x0000000000000000000000000000000000000001"));
  t.not(w.member(1), w.account("0x0000000000000000000000000000000000000001"));
});
