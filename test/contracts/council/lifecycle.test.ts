import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startCouncil, support } from "../support/council.ts";

const w = await startCouncil();
reportCoverage(test);

test.serial("from proposal to effect: a hospital is admitted by vote", async (t) => {
  const newcomer = w.unlocked(14);
  const p = await w.draft([w.admit(newcomer, "newcomer")], "admit newcomer");
  const sent = await w.propose(p);
  emitted(t, sent, "ProposalCreated", { proposalId: p.id, proposer: w.governor(1) });
  emitted(t, sent, "ProposalWeighed", { proposalId: p.id, twoThirds: false, guardiansOnly: false, gracePeriod: 1000 });
  t.deepEqual(await w.read(w.council, "weightOf", [p.id]), [false, false, 1000]);
  t.is(await w.stateOf(p), "Pending");
  await refused(t, "GovernorUnexpectedProposalState", w.vote(p, 1));
  await w.opened();
  t.is(await w.stateOf(p), "Active");
  emitted(t, await w.vote(p, 1), "VoteCast", { voter: w.governor(1), proposalId: p.id, support: support.for, weight: 1n });
  await refused(t, "GovernorAlreadyCastVote", w.vote(p, 1));
  await refused(t, "GovernorInvalidVoteType", w.vote(p, 2, 3));
  await w.vote(p, 2);
  await w.vote(p, 3);
  await refused(t, "GovernorUnexpectedProposalState", w.queue(p));
  await w.closed();
  t.is(await w.stateOf(p), "Succeeded");
  await refused(t, "GovernorUnexpectedProposalState", w.vote(p, 4));
  await refused(t, "GovernorUnexpectedProposalState", w.execute(p));
  emitted(t, await w.queue(p), "ProposalQueued", { proposalId: p.id });
  t.is(await w.stateOf(p), "Queued");
  await refused(t, "TimelockUnexpectedOperationState", w.execute(p));
  await w.ripe();
  const done = await w.execute(p);
  emitted(t, done, "ProposalExecuted", { proposalId: p.id });
  emitted(t, done, "MemberAdmitted", { id: 6, governor: newcomer });
  t.is(await w.stateOf(p), "Executed");
  t.is(await w.statusOf(6), "Active");
});

test.serial("what was executed is not executed, queued, proposed or cancelled again", async (t) => {
  const p = await w.draft([w.admit(w.unlocked(14), "newcomer")], "admit newcomer");
  for (const step of [w.execute, w.queue, w.propose]) await refused(t, "GovernorUnexpectedProposalState", step(p));
  await refused(t, "GovernorUnexpectedProposalState", w.stop(p));
  t.is(await w.read(w.members, "memberCount"), 6);
});

test.serial("the one who was admitted votes in the next decision", async (t) => {
  const p = await w.draft([w.suspend(3)]);
  await w.sleep(2);
  await w.propose(p, w.unlocked(14));
  await w.opened();
  emitted(t, await w.send(w.unlocked(14), w.council, "castVoteWithReason", [p.id, support.for, "missing deliveries"]), "VoteCast", { weight: 1n, reason: "missing deliveries" });
  t.is(await w.read(w.council, "votesNeeded", [p.id]), 4n);
});

test.serial("only governors of Active hospitals propose", async (t) => {
  const p = await w.draft([w.suspend(2)]);
  for (const nobody of [w.stranger, w.operator(1), w.guardian, w.reviewer]) await refused(t, "GovernorInsufficientProposerVotes", w.propose(p, nobody));
  await refused(t, "GovernorInvalidProposalLength", w.propose(await w.draft([])));
  await refused(t, "GovernorNonexistentProposal", w.stateOf(p));
});

test.serial("the proposer may take it back until the vote begins, nobody else may", async (t) => {
  const p = await w.draft([w.suspend(2)]);
  await w.propose(p, w.governor(2));
  await refused(t, "GovernorUnableToCancel", w.cancel(p, w.governor(1)));
  emitted(t, await w.cancel(p, w.governor(2)), "ProposalCanceled", { proposalId: p.id });
  const late = await w.draft([w.suspend(2)]);
  await w.propose(late, w.governor(2));
  await w.opened();
  await refused(t, "GovernorUnableToCancel", w.cancel(late, w.governor(2)));
});

test.serial("a call that fails undoes the whole batch, which may be tried again", async (t) => {
  const p = await w.ready([w.suspend(4), w.reinstate(5)]);
  await refused(t, "MemberStatusUnexpected", w.execute(p));
  t.is(await w.statusOf(4), "Active");
  t.is(await w.stateOf(p), "Queued");
});

test.serial("it keeps OpenZeppelin's form, by block time", async (t) => {
  t.is(await w.read(w.council, "name"), "Fiducial Council");
  t.is(await w.read(w.council, "CLOCK_MODE"), "mode=timestamp");
  t.is(await w.read(w.council, "COUNTING_MODE"), "support=bravo&quorum=for");
  t.is(await w.read(w.council, "clock"), await w.now());
  t.is(await w.read(w.council, "proposalThreshold"), 1n);
  t.true(await w.read(w.council, "proposalNeedsQueuing", [1n]));
  t.is(await w.read(w.council, "votingDelay"), 10n);
  t.is(await w.read(w.council, "votingPeriod"), 100n);
});
