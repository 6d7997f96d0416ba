import test from "ava";
import { refused, reportCoverage } from "../support/chain.ts";
import { startCouncil } from "../support/council.ts";

const w = await startCouncil();
reportCoverage(test);
const { gracePeriod, timelockDelay, votingPeriod, votingDelay, minHospitals } = w.governance;

test.serial("a carried proposal that nobody queues in time expires", async (t) => {
  const p = await w.voted([w.suspend(5)], [1, 2, 3]);
  const deadline = Number(await w.read<bigint>(w.council, "proposalDeadline", [p.id]));
  await w.sleep(deadline + gracePeriod - (await w.now()));
  t.is(await w.stateOf(p), "Succeeded");
  await w.sleep(1);
  t.is(await w.stateOf(p), "Expired");
  await refused(t, "GovernorUnexpectedProposalState", w.queue(p));
  await refused(t, "GovernorUnexpectedProposalState", w.execute(p));
});

test.serial("a queued proposal that nobody executes in time expires, and the timelock takes it from nobody else", async (t) => {
  const p = await w.ready([w.suspend(5)]);
  const eta = Number(await w.read<bigint>(w.council, "proposalEta", [p.id]));
  await w.sleep(eta + gracePeriod - (await w.now()));
  t.is(await w.stateOf(p), "Queued");
  await w.sleep(1);
  t.is(await w.stateOf(p), "Expired");
  await refused(t, "GovernorUnexpectedProposalState", w.execute(p));
  await refused(t, "GovernorUnexpectedProposalState", w.stop(p));
  for (const anyone of [w.governor(1), w.guardian, w.stranger]) {
    const [targets, values, calldatas] = p.calls;
    await refused(t, "AccessControlUnauthorizedAccount", w.send(anyone, w.timelock, "executeBatch", [targets, values, calldatas, `0x${"0".repeat(64)}`, p.hash]));
  }
  t.is(await w.statusOf(5), "Active");
});

test.serial("a longer grace period revives nothing, and the vote can be taken anew", async (t) => {
  const p = await w.voted([w.suspend(5)], [1, 2, 3]);
  await w.sleep(gracePeriod + 1);
  t.is(await w.stateOf(p), "Expired");
  await w.decide([{ target: w.council, name: "setRules", args: [{ votingDelay, votingPeriod, gracePeriod: gracePeriod * 100, minHospitals }] }]);
  t.is(await w.stateOf(p), "Expired");
  await refused(t, "GovernorUnexpectedProposalState", w.propose(p));
  await w.decide([w.suspend(5)], [1, 2, 3]);
  t.is(await w.statusOf(5), "Suspended");
  await w.decide([w.reinstate(5)], [1, 2, 3]);
});

test.serial("a clock that jumps ahead carries nothing and executes nothing early", async (t) => {
  const unvoted = await w.draft([w.suspend(5)]);
  await w.propose(unvoted);
  const half = await w.draft([w.suspend(4)]);
  await w.propose(half);
  await w.opened();
  await w.vote(half, 1);
  await w.sleep(10 * 365 * 86_400);
  t.is(await w.stateOf(unvoted), "Defeated");
  t.is(await w.stateOf(half), "Defeated");
  const late = await w.voted([w.suspend(4)], [1, 2, 3]);
  await w.queue(late);
  await w.sleep(timelockDelay - 5);
  await refused(t, "TimelockUnexpectedOperationState", w.execute(late));
  await w.sleep(10 * 365 * 86_400);
  t.is(await w.stateOf(late), "Expired");
});
