import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startCouncil } from "../support/council.ts";
import { zero, zero32 } from "../support/world.ts";

const w = await startCouncil();
reportCoverage(test);

test.serial("who had no vote at the snapshot votes on nothing: strangers, operators, guardian, reviewer", async (t) => {
  const p = await w.draft([w.suspend(5)]);
  await w.propose(p);
  await w.opened();
  for (const nobody of [w.stranger, w.operator(1), w.guardian, w.reviewer]) {
    t.deepEqual(await refused(t, "VoteMissing", w.send(nobody, w.council, "castVote", [p.id, 1])), [p.id, nobody]);
  }
});

test.serial("a suspended member keeps its vote on what was asked before, and has none from the next snapshot on", async (t) => {
  const suspension = await w.ready([w.suspend(4)]);
  const open = await w.draft([w.suspend(3)]);
  await w.propose(open, w.governor(4));
  await w.opened();
  await w.execute(suspension);
  await w.sleep(2);
  emitted(t, await w.vote(open, 4), "VoteCast", { weight: 1n });

  const later = await w.draft([w.reinstate(4)]);
  await refused(t, "GovernorInsufficientProposerVotes", w.propose(later, w.governor(4)));
  await w.propose(later);
  await w.opened();
  await refused(t, "VoteMissing", w.vote(later, 4));
  t.is(await w.read(w.council, "votesNeeded", [open.id]), 3n, "five votes then");
  t.is(await w.read(w.council, "votesNeeded", [later.id]), 3n, "four votes now");
  for (const id of [1, 2, 3]) await w.vote(later, id);
  await w.closed();
  await w.queue(later);
  await w.ripe();
  emitted(t, await w.execute(later), "MemberReinstated", { id: 4 });
  await w.sleep(2);
  const again = await w.draft([w.suspend(5)]);
  await w.propose(again, w.governor(4));
  await w.opened();
  emitted(t, await w.vote(again, 4), "VoteCast", { weight: 1n });
});

test.serial("a suspension between proposal and snapshot already counts", async (t) => {
  const suspension = await w.ready([w.suspend(4)]);
  const p = await w.draft([w.suspend(3)]);
  await w.propose(p, w.governor(4));
  await w.execute(suspension);
  await w.opened();
  await refused(t, "VoteMissing", w.vote(p, 4));
  await w.decide([w.reinstate(4)], [1, 2, 3]);
});

test.serial("votes are not delegated", async (t) => {
  await refused(t, "DelegationUnsupported", w.send(w.governor(1), w.members, "delegate", [w.governor(2)]));
  await refused(t, "DelegationUnsupported", w.send(w.governor(1), w.members, "delegateBySig", [zero, 0n, 0n, 27, zero32, zero32]));
});

test.serial("a governor that is also an operator is admitted by no vote", async (t) => {
  const both = w.unlocked(15);
  const call = w.admit(both, "both");
  const p = await w.ready([{ ...call, args: (call.args ?? []).with(2, [both]) }]);
  await refused(t, "AddressTaken", w.execute(p));
  t.is(await w.read(w.members, "memberCount"), 5);
});

test.serial("a replaced governing key takes the vote with it", async (t) => {
  const fresh = w.unlocked(16);
  emitted(t, await w.decide([{ target: w.members, name: "replaceGovernor", args: [2, fresh] }]), "GovernorReplaced", { id: 2, governor: fresh });
  const p = await w.draft([w.suspend(3)]);
  await w.propose(p);
  await w.opened();
  await refused(t, "VoteMissing", w.vote(p, 2));
  emitted(t, await w.send(fresh, w.council, "castVote", [p.id, 1]), "VoteCast", { weight: 1n });
});
