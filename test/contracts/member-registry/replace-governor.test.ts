import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startWorld, zero } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const replace = (id: number, governor: string, from = w.council) => w.send(from, w.members, "replaceGovernor", [id, governor]);

test.serial("the vote moves to the new governor and the old key may do nothing more", async (t) => {
  const governor = w.unlocked(13);
  const sent = await replace(1, governor);
  emitted(t, sent, "GovernorReplaced", { id: 1, previous: w.governor(1), governor });
  t.is(await w.read(w.members, "getVotes", [w.governor(1)]), 0n);
  t.is(await w.read(w.members, "getVotes", [governor]), 1n);
  await refused(t, "CallerNotGovernor", w.send(w.governor(1), w.members, "addOperator", [1, w.signer().address]));
  await t.notThrowsAsync(w.send(governor, w.members, "addOperator", [1, w.signer().address]));
  await refused(t, "AddressTaken", replace(1, w.governor(1)));
});

test.serial("a suspended hospital and an observer have no vote to move", async (t) => {
  await w.send(w.council, w.members, "suspend", [2]);
  t.is((await replace(2, w.signer().address)).events.length, 1);
  t.is((await replace(5, w.signer().address)).events.length, 1);
});

test.serial("refuses strangers, zero, unknown and expelled members", async (t) => {
  await refused(t, "AccessManagedUnauthorized", replace(3, w.signer().address, w.governor(3)));
  await refused(t, "AddressMissing", replace(3, zero));
  await refused(t, "MemberUnknown", replace(50, w.signer().address));
  await w.send(w.council, w.members, "expel", [3]);
  await refused(t, "MemberStatusUnexpected", replace(3, w.signer().address));
});
