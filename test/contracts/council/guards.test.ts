import test from "ava";
import { encodeDeployData, keccak256, toHex } from "viem";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startCouncil, type Call } from "../support/council.ts";

const w = await startCouncil();
reportCoverage(test);
const { votingDelay, votingPeriod, gracePeriod } = w.governance;
const rules = (minHospitals: number): Call => ({ target: w.council, name: "setRules", args: [{ votingDelay, votingPeriod, gracePeriod, minHospitals }] });

/** Runs and forgets: what a carried proposal does to the Council must not reach the next case. */
async function forgotten(body: () => Promise<void>): Promise<void> {
  const before = await w.snapshot();
  await body();
  await w.revert(before);
}

test.serial("no vote leaves fewer hospitals than the minimum, at once or one by one", async (t) => {
  await forgotten(async () => {
    const all = await w.ready([w.expel(1), w.expel(2), w.expel(3), w.expel(4)]);
    t.deepEqual(await refused(t, "HospitalsTooFew", w.execute(all)), [1n, 2n]);
    t.is(await w.stateOf(all), "Queued");
    await w.decide([w.expel(5), w.suspend(4)]);
    await w.decide([w.suspend(3)], [1, 2, 3]);
    t.deepEqual(await refused(t, "HospitalsTooFew", w.execute(await w.ready([w.suspend(2)], [1, 2]))), [1n, 2n]);
    emitted(t, await w.decide([w.reinstate(4)], [1, 2]), "MemberReinstated");
  });
});

test.serial("an exchange within one proposal is no loss", async (t) => {
  await forgotten(async () => {
    await w.decide([rules(5)], [1, 2, 3]);
    await refused(t, "HospitalsTooFew", w.execute(await w.ready([w.suspend(5)])));
    emitted(t, await w.decide([w.suspend(5), w.admit(w.unlocked(14), "sixth")]), "MemberAdmitted");
  });
});

test.serial("a minimum above the present number forbids shrinking and nothing else", async (t) => {
  await forgotten(async () => {
    await w.decide([rules(50)]);
    t.deepEqual(await refused(t, "HospitalsTooFew", w.execute(await w.ready([w.expel(5)]))), [4n, 50n]);
    emitted(t, await w.decide([w.admit(w.unlocked(14), "sixth")]), "MemberAdmitted");
    emitted(t, await w.decide([rules(2)]), "RulesChanged");
    emitted(t, await w.decide([w.expel(5)]), "MemberExpelled");
  });
});

test.serial("no vote takes the Council's power away", async (t) => {
  const other = await w.create(w.stranger, encodeDeployData({ ...w.artifacts.ConsortiumAuthority, args: [w.timelock.address] }));
  const bare = await w.create(w.stranger, encodeDeployData({ ...w.artifacts.TimelockController, args: [0n, [], [], w.stranger] }));
  const acting = (name: string): Call => ({ target: w.timelock, name: "revokeRole", args: [keccak256(toHex(name)), w.council.address] });
  const losses: readonly (readonly [string, Call])[] = [
    ["ADMIN", { target: w.authority, name: "revokeRole", args: [0n, w.timelock.address] }],
    ["COUNCIL", { target: w.authority, name: "renounceRole", args: [1n, w.timelock.address] }],
    ["COUNCIL", { target: w.authority, name: "grantRole", args: [1n, w.timelock.address, 3600] }],
    ["PROPOSER", acting("PROPOSER_ROLE")],
    ["EXECUTOR", acting("EXECUTOR_ROLE")],
    ["CANCELLER", acting("CANCELLER_ROLE")],
    ["DELAY", { target: w.timelock, name: "updateDelay", args: [61n * 86_400n] }],
    ["REGISTRY", { target: w.authority, name: "updateAuthority", args: [w.members.address, other] }],
    ["ADMIN", { target: w.council, name: "updateTimelock", args: [bare] }],
  ];
  for (const [lost, call] of losses) {
    await forgotten(async () => {
      const p = await w.ready([call]);
      t.deepEqual(await refused(t, "PowerLost", w.execute(p)), [toHex(lost, { size: 32 })], `${call.name} ${lost}`);
      t.is(await w.stateOf(p), "Queued");
    });
  }
});

test.serial("the delay of the timelock is changed by two thirds, within reason", async (t) => {
  await forgotten(async () => {
    t.is(await w.stateOf(await w.voted([{ target: w.timelock, name: "updateDelay", args: [70n] }], [1, 2, 3])), "Defeated");
    emitted(t, await w.decide([{ target: w.timelock, name: "updateDelay", args: [70n] }]), "MinDelayChange", { newDuration: 70n });
  });
});

test.serial("a vote may move the Council to another timelock that is made ready for it", async (t) => {
  await forgotten(async () => {
    const { address: council } = w.council;
    const zero = "0x0000000000000000000000000000000000000000";
    const next = await w.create(w.stranger, encodeDeployData({ ...w.artifacts.TimelockController, args: [50n, [council], [council], zero] }));
    const roles = [0n, 1n].flatMap((role): Call[] => [
      { target: w.authority, name: "grantRole", args: [role, next, 0] },
    ]);
    const sent = await w.decide([...roles, { target: w.council, name: "updateTimelock", args: [next] }]);
    emitted(t, sent, "TimelockChange", { newTimelock: next });
    const leave = [1n, 0n].map((role): Call => ({ target: w.authority, name: "revokeRole", args: [role, w.timelock.address] }));
    await w.decide(leave);
    emitted(t, await w.decide([w.suspend(5)], [1, 2, 3]), "MemberSuspended");
  });
});
