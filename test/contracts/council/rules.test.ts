import test from "ava";
import { encodeDeployData, encodeFunctionData, toHex } from "viem";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { periods, startCouncil } from "../support/council.ts";
import { zero } from "../support/world.ts";

const w = await startCouncil();
reportCoverage(test);
const { timelockDelay: _delay, ...rules } = periods;
const day = 86_400;
const setRules = (change: Partial<typeof rules | Record<string, number>>) => ({ target: w.council, name: "setRules", args: [{ ...rules, ...change }] });

test.serial("rules are changed by vote, for proposals made afterwards", async (t) => {
  const founded = await w.snapshot();
  const before = await w.draft([w.suspend(5)]);
  await w.propose(before);
  const deadline = await w.read(w.council, "proposalDeadline", [before.id]);
  const changed = { votingDelay: 20, votingPeriod: 200, gracePeriod: 2000, minHospitals: 3 };
  const sent = await w.decide([setRules(changed)], [1, 2, 3]);
  emitted(t, sent, "RulesChanged", { rules: changed });
  t.like(await w.read(w.council, "rules"), changed);
  t.is(await w.read(w.council, "proposalDeadline", [before.id]), deadline);
  await w.revert(founded);
});

test.serial("rules out of bounds are refused", async (t) => {
  const wrong: readonly (readonly [string, number, number, number])[] = [
    ["votingDelay", 30 * day + 1, 0, 30 * day],
    ["votingPeriod", 0, 1, 60 * day],
    ["votingPeriod", 60 * day + 1, 1, 60 * day],
    ["gracePeriod", 0, 1, 180 * day],
    ["gracePeriod", 180 * day + 1, 1, 180 * day],
    ["minHospitals", 1, 2, 100],
    ["minHospitals", 101, 2, 100],
  ];
  for (const [name, given, minimum, maximum] of wrong) {
    const got = await refused(t, "ParameterOutOfBounds", w.execute(await w.ready([setRules({ [name]: given })])));
    t.deepEqual(got, [toHex(name, { size: 32 }), BigInt(given), BigInt(minimum), BigInt(maximum)]);
  }
});

test.serial("nobody changes rules, the timelock or anything through the Council without a vote", async (t) => {
  for (const anyone of [w.governor(1), w.guardian, w.stranger, w.operator(1)]) {
    await refused(t, "GovernorOnlyExecutor", w.send(anyone, w.council, "setRules", [rules]));
    await refused(t, "GovernorOnlyExecutor", w.send(anyone, w.council, "updateTimelock", [anyone]));
    await refused(t, "GovernorOnlyExecutor", w.send(anyone, w.council, "relay", [anyone, 0n, "0x"]));
    await refused(t, "AccessManagedUnauthorized", w.send(anyone, w.council, "upgradeToAndCall", [w.members.address, "0x"]));
    await refused(t, "AccessManagedUnauthorized", w.send(anyone, w.council, "setAuthority", [anyone]));
  }
});

test.serial("nobody goes through the timelock but the Council", async (t) => {
  const [targets, values, calldatas] = (await w.draft([w.suspend(1)])).calls;
  const [to = zero, value = 0n, data = "0x"] = [targets[0], values[0], calldatas[0]];
  const none = toHex(0, { size: 32 });
  for (const anyone of [w.governor(1), w.guardian, w.stranger, w.operator(1), w.reviewer]) {
    await refused(t, "AccessControlUnauthorizedAccount", w.send(anyone, w.timelock, "schedule", [to, value, data, none, none, 50n]));
    await refused(t, "AccessControlUnauthorizedAccount", w.send(anyone, w.timelock, "scheduleBatch", [targets, values, calldatas, none, none, 50n]));
    await refused(t, "AccessControlUnauthorizedAccount", w.send(anyone, w.timelock, "execute", [to, value, data, none, none]));
    await refused(t, "AccessControlUnauthorizedAccount", w.send(anyone, w.timelock, "cancel", [none]));
    await refused(t, "TimelockUnauthorizedCaller", w.send(anyone, w.timelock, "updateDelay", [0n]));
    await refused(t, "AccessControlUnauthorizedAccount", w.send(anyone, w.timelock, "grantRole", [none, anyone]));
  }
});

test.serial("what has no power left after the deployment: the deployer, the founders, their agents", async (t) => {
  for (const someone of [w.governor(1), w.operator(1), w.guardian, w.reviewer, w.stranger]) {
    await refused(t, "AccessManagedUnauthorized", w.send(someone, w.members, "suspend", [1]));
    await refused(t, "AccessManagedUnauthorized", w.send(someone, w.members, "expel", [1]));
    await refused(t, "AccessManagerUnauthorizedAccount", w.send(someone, w.authority, "grantRole", [1n, someone, 0]));
  }
  for (const role of [0n, 1n, 2n, 3n]) t.false((await w.read<[boolean, number]>(w.authority, "hasRole", [role, w.deployer]))[0]);
});

test.serial("neither the Council's code nor its proxy can be initialised again, nor made without what it works with", async (t) => {
  const { artifacts } = w;
  const code = await w.create(w.stranger, encodeDeployData({ ...artifacts.Council, args: [] }));
  const full = [w.authority.address, w.members.address, w.timelock.address, rules] as const;
  await refused(t, "InvalidInitialization", w.send(w.stranger, { ...w.council, address: code }, "initialize", full));
  await refused(t, "InvalidInitialization", w.send(w.stranger, w.council, "initialize", full));
  for (const index of [0, 1, 2]) {
    const init = encodeFunctionData({ abi: w.council.abi, functionName: "initialize", args: full.with(index, zero) });
    await refused(t, "AddressMissing", w.create(w.stranger, encodeDeployData({ ...artifacts.ERC1967Proxy, args: [code, init] })));
  }
});

test.serial("it keeps no money", async (t) => {
  const attempt = w.rpc.request({ method: "eth_sendTransaction", params: [{ from: w.stranger, to: w.council.address, value: "0x1", gasPrice: "0x0" }] });
  await refused(t, "GovernorDisabledDeposit", attempt);
});
