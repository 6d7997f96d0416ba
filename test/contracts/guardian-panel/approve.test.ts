import test from "ava";
import { getAddress } from "viem";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startCouncil } from "../support/council.ts";

const w = await startCouncil();
reportCoverage(test);
const [first, second, third] = w.guardians;
const day = 86_400;
const approve = async (by: `0x${string}`, target = w.studies, proposal = 0n, ahead = 3600) => w.send(by, w.panel, "approve", [target.address, proposal, (await w.now()) + ahead]);
const pause = (target = w.studies) => w.send(w.stranger, w.panel, "pause", [target.address]);
const approvals = async (target = w.studies, proposal = 0n) => (await w.read<readonly { guardian: string; until: number }[]>(w.panel, "approvals", [target.address, proposal])).map(({ guardian }) => guardian);

test.serial("it says who its guardians are, how many must agree, and what they can stop", async (t) => {
  t.deepEqual(await w.read(w.panel, "guardians"), [first, second, third]);
  t.is(await w.read(w.panel, "threshold"), 2n);
  t.is(await w.read(w.panel, "council"), w.council.address);
  t.deepEqual(await w.read(w.panel, "targets"), [w.members, w.studies, w.consents, w.access, w.credit].map(({ address }) => getAddress(address)));
  t.is(await w.read(w.panel, "authority"), w.authority.address);
});

test.serial("one guardian alone stops nothing, two do, and what was stopped begins anew", async (t) => {
  t.deepEqual(await refused(t, "ApprovalsMissing", pause()), [w.studies.address, 0n, 0n, 2n]);
  const until = (await w.now()) + 3600;
  emitted(t, await w.send(first, w.panel, "approve", [w.studies.address, 0n, until]), "ApprovalGiven", { target: w.studies.address, proposal: 0n, guardian: first, until });
  await approve(first);
  t.deepEqual(await approvals(), [first], "the same guardian twice is one");
  t.deepEqual(await refused(t, "ApprovalsMissing", pause()), [w.studies.address, 0n, 1n, 2n]);
  await approve(third);
  t.deepEqual(await approvals(), [first, third]);
  const sent = await pause();
  emitted(t, sent, "WritesPaused", { by: w.panel.address });
  emitted(t, sent, "GuardiansActed", { target: w.studies.address, proposal: 0n });
  t.deepEqual(await approvals(), [], "approvals end with the pause");
  t.deepEqual(await refused(t, "PauseUnchanged", approve(second)), [true]);
  await refused(t, "ApprovalsMissing", pause());
  await w.decide([{ target: w.studies, name: "resume" }]);
  t.deepEqual(await refused(t, "ApprovalsMissing", pause()), [w.studies.address, 0n, 0n, 2n], "earlier approvals pause nothing again");
});

test.serial("approvals for one contract count for no other", async (t) => {
  await approve(first, w.consents);
  await approve(second, w.access);
  await refused(t, "ApprovalsMissing", pause(w.consents));
  await refused(t, "ApprovalsMissing", pause(w.access));
  emitted(t, await approve(second, w.consents), "ApprovalGiven");
  emitted(t, await pause(w.consents), "WritesPaused");
  t.false(await w.read(w.access, "writesPaused"));
});

test.serial("an approval ends by itself, and may be taken back or prolonged", async (t) => {
  await approve(first, w.credit, 0n, 100);
  await approve(second, w.credit, 0n, 100);
  await w.sleep(101);
  t.deepEqual(await refused(t, "ApprovalsMissing", pause(w.credit)), [w.credit.address, 0n, 0n, 2n]);
  await approve(first, w.credit, 0n, 7 * day);
  await approve(second, w.credit, 0n, 7 * day);
  emitted(t, await w.send(second, w.panel, "approve", [w.credit.address, 0n, 0]), "ApprovalGiven", { until: 0 });
  t.deepEqual(await approvals(w.credit), [first]);
  await refused(t, "ApprovalsMissing", pause(w.credit));
  const latest = async () => BigInt((await w.now()) + 7 * day);
  for (const ahead of [-2, 7 * day + 10]) {
    const [until] = await refused(t, "ApprovalTermInvalid", approve(second, w.credit, 0n, ahead));
    t.true(typeof until === "number" && (BigInt(until) > (await latest()) || until < (await w.now())));
  }
  t.deepEqual(await approvals(w.credit), [first]);
});

test.serial("who is no guardian approves nothing, and guardians only of what the panel can stop", async (t) => {
  for (const nobody of [w.stranger, w.governor(1), w.operator(1), w.reviewer]) t.deepEqual(await refused(t, "GuardianUnknown", approve(nobody, w.access)), [nobody]);
  for (const other of [w.authority, w.timelock, w.panel, { ...w.panel, address: w.stranger }]) t.deepEqual(await refused(t, "TargetUnknown", approve(first, other)), [other.address, 0n]);
  t.deepEqual(await refused(t, "TargetUnknown", approve(first, w.access, 1n)), [w.access.address, 1n]);
  await refused(t, "GovernorNonexistentProposal", approve(first, w.council));
  await refused(t, "GovernorNonexistentProposal", approve(first, w.council, 7n));
  await refused(t, "ApprovalsMissing", pause(w.council));
  await refused(t, "ApprovalsMissing", pause(w.timelock));
});

test.serial("a proposal is canceled by two, not by one, and only the one they approved of", async (t) => {
  const [p, other] = [await w.draft([w.suspend(5)]), await w.draft([w.suspend(4)])];
  await w.propose(p);
  await w.propose(other);
  const cancel = (which = p) => w.send(w.stranger, w.panel, "cancel", [...which.calls, which.hash]);
  await approve(first, w.council, p.id);
  t.deepEqual(await refused(t, "ApprovalsMissing", cancel()), [w.council.address, p.id, 1n, 2n]);
  await approve(second, w.council, other.id);
  await refused(t, "ApprovalsMissing", cancel());
  await approve(third, w.council, p.id);
  const sent = await cancel();
  emitted(t, sent, "ProposalCanceled", { proposalId: p.id });
  emitted(t, sent, "GuardiansActed", { target: w.council.address, proposal: p.id });
  await refused(t, "ApprovalsMissing", cancel(other));
  t.is(await w.stateOf(other), "Pending");
  await refused(t, "GovernorUnexpectedProposalState", cancel());
});

test.serial("the panel has no other door: it pauses and cancels, and its people are the members' to change", async (t) => {
  const writes = (w.panel.abi as readonly { type: string; name?: string; stateMutability?: string }[]).filter(({ type, stateMutability }) => type === "function" && stateMutability !== "view" && stateMutability !== "pure").map(({ name }) => name).sort();
  t.deepEqual(writes, ["approve", "approveBySig", "cancel", "pause", "setAuthority", "setGuardians"]);
  for (const anyone of [...w.guardians, w.governor(1), w.stranger]) {
    await refused(t, "AccessManagedUnauthorized", w.send(anyone, w.panel, "setGuardians", [[anyone], 1n]));
    await refused(t, "AccessManagedUnauthorized", w.send(anyone, w.panel, "setAuthority", [anyone]));
  }
});
