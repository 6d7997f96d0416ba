import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startCouncil, type Call } from "../support/council.ts";

const w = await startCouncil();
reportCoverage(test);

const guard = (name: "grantRole" | "revokeRole", account = w.panel.address, role = 2n): Call => ({
  target: w.authority,
  name,
  args: name === "grantRole" ? [role, account, 0] : [role, account],
});
const seats = (...sitting: readonly string[]): Call => ({ target: w.panel, name: "setGuardians", args: [sitting, 1n] });

test.serial("guardians cancel a proposal in every state that is not final", async (t) => {
  const reach = {
    Pending: async () => {
      const p = await w.draft([w.suspend(5)]);
      await w.propose(p);
      return p;
    },
    Active: async () => {
      const p = await w.draft([w.suspend(5)]);
      await w.propose(p);
      await w.opened();
      return p;
    },
    Succeeded: () => w.voted([w.suspend(5)], [1, 2, 3]),
    Queued: () => w.ready([w.suspend(5)]),
  };
  for (const [state, make] of Object.entries(reach)) {
    const p = await make();
    t.is(await w.stateOf(p), state as never);
    for (const nobody of [w.stranger, w.operator(1), w.reviewer, w.governor(2), w.guardian]) await refused(t, "GovernorUnableToCancel", w.cancel(p, nobody));
    const sent = await w.stop(p);
    emitted(t, sent, "ProposalCanceled", { proposalId: p.id });
    if (state === "Queued") emitted(t, sent, "Cancelled");
    t.is(await w.stateOf(p), "Canceled");
    await refused(t, "GovernorUnexpectedProposalState", w.execute(p));
    await refused(t, "GovernorUnexpectedProposalState", w.stop(p));
  }
  t.is(await w.statusOf(5), "Active");
});

test.serial("guardians act in nothing: they neither propose, vote, upgrade, admit, nor give roles", async (t) => {
  const p = await w.draft([w.suspend(5)]);
  await refused(t, "GovernorInsufficientProposerVotes", w.propose(p, w.guardian));
  await w.propose(p);
  await w.opened();
  await refused(t, "VoteMissing", w.send(w.guardian, w.council, "castVote", [p.id, 0]));
  for (const target of [w.members, w.studies, w.consents, w.access, w.credit, w.council]) {
    await refused(t, "AccessManagedUnauthorized", w.send(w.guardian, target, "upgradeToAndCall", [w.members.address, "0x"]));
  }
  await refused(t, "AccessManagedUnauthorized", w.send(w.guardian, w.members, "suspend", [5]));
  await refused(t, "AccessManagedUnauthorized", w.send(w.guardian, w.members, "pause"));
  await refused(t, "AccessManagerUnauthorizedAccount", w.send(w.guardian, w.authority, "grantRole", [1n, w.guardian, 0]));
});

test.serial("guardians brake, only a vote releases", async (t) => {
  await w.approve(w.members);
  emitted(t, await w.send(w.stranger, w.panel, "pause", [w.members.address]), "WritesPaused", { by: w.panel.address });
  await refused(t, "AccessManagedUnauthorized", w.send(w.guardian, w.members, "resume"));
  const p = await w.ready([w.admit(w.unlocked(14), "newcomer")]);
  await refused(t, "WritesArePaused", w.execute(p));
  emitted(t, await w.decide([{ target: w.members, name: "resume" }], [1, 2, 3]), "WritesResumed", { by: w.timelock.address });
  emitted(t, await w.execute(p), "MemberAdmitted");
});

test.serial("guardians cannot stop a vote about guardians alone, and can stop one that hides something else in it", async (t) => {
  const hidden: Call[][] = [
    [guard("revokeRole"), w.suspend(5)],
    [seats(w.stranger), w.suspend(5)],
    [guard("revokeRole"), guard("grantRole", w.stranger, 1n)],
    [guard("revokeRole", w.panel.address, 2n ** 63n)],
    [{ target: w.authority, name: "labelRole", args: [2n, "another"] }],
    [{ ...guard("revokeRole"), target: { ...w.authority, address: w.timelock.address } }],
    [{ ...seats(w.stranger), target: { ...w.panel, address: w.stranger } }],
    [{ target: w.panel, name: "pause", args: [w.members.address] }],
  ];
  for (const calls of hidden) {
    const p = await w.draft(calls);
    emitted(t, await w.propose(p), "ProposalWeighed", { twoThirds: true, guardiansOnly: false });
    emitted(t, await w.stop(p), "ProposalCanceled");
  }
  for (const [target, data] of [[w.authority.address, "0x25c471a0"], [w.panel.address, "0x25c4"]]) {
    const short = { targets: [target], values: [0n], calldatas: [data], text: "a selector and nothing more" };
    emitted(t, await w.send(w.governor(1), w.council, "propose", Object.values(short)), "ProposalWeighed", { guardiansOnly: false });
  }
});

test.serial("hostile guardians are voted off their panel, and what they stopped goes on", async (t) => {
  await w.approve(w.studies);
  await w.send(w.stranger, w.panel, "pause", [w.studies.address]);
  const p = await w.draft([seats(w.unlocked(15))]);
  emitted(t, await w.propose(p), "ProposalWeighed", { twoThirds: true, guardiansOnly: true });
  await refused(t, "GovernorUnableToCancel", w.stop(p));
  await w.opened();
  for (const id of [1, 2, 3, 4]) await w.vote(p, id);
  await w.closed();
  await w.queue(p);
  await refused(t, "GovernorUnableToCancel", w.stop(p));
  await w.ripe();
  emitted(t, await w.execute(p), "GuardiansChanged", { guardians: [w.unlocked(15)], threshold: 1n });
  emitted(t, await w.decide([{ target: w.studies, name: "resume" }]), "WritesResumed");
  await refused(t, "GuardianUnknown", w.approve(w.studies));
});

test.serial("a panel loses the role by a vote that it cannot cancel, and stops nothing any more", async (t) => {
  const p = await w.draft([guard("grantRole", w.stranger), guard("revokeRole")]);
  emitted(t, await w.propose(p), "ProposalWeighed", { twoThirds: true, guardiansOnly: true });
  await w.opened();
  for (const id of [1, 2, 3, 4]) await w.vote(p, id);
  await w.closed();
  await w.queue(p);
  await w.ripe();
  await w.execute(p);
  await w.approve(w.studies, 0n, [w.unlocked(15)]);
  await refused(t, "AccessManagedUnauthorized", w.send(w.stranger, w.panel, "pause", [w.studies.address]));
  const next = await w.draft([w.suspend(5)]);
  await w.propose(next);
  await w.approve(w.council, next.id, [w.unlocked(15)]);
  await refused(t, "GovernorUnableToCancel", w.send(w.stranger, w.panel, "cancel", [...next.calls, next.hash]));
  emitted(t, await w.cancel(next, w.stranger), "ProposalCanceled");
  // Who sits on a panel that holds nothing is no matter of guardians: others may stop a vote about it.
  const idle = await w.draft([seats(w.guardian)]);
  emitted(t, await w.propose(idle), "ProposalWeighed", { guardiansOnly: false });
});
