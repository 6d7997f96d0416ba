import test from "ava";
import { encodeFunctionData } from "viem";
import { emitted, refused, reportCoverage, type Contract } from "../support/chain.ts";
import { startCouncil, support, type Call } from "../support/council.ts";
import { zero } from "../support/world.ts";
import { defaultParameters } from "../../../scripts/deploy/parameters.ts";

const w = await startCouncil();
reportCoverage(test);

const upgrade = (target: Contract): Call => ({ target, name: "upgradeToAndCall", args: [zero, "0x"] });
const { votingDelay, votingPeriod, gracePeriod, minHospitals } = w.governance;
const ordinary: Readonly<Record<string, Call>> = {
  admit: w.admit(w.unlocked(14), "n"),
  suspend: w.suspend(1),
  reinstate: w.reinstate(1),
  resume: { target: w.access, name: "resume" },
  "resume members": { target: w.members, name: "resume" },
  setTerms: { target: w.consents, name: "setTerms", args: [86_400, 86_400] },
  setDeadlines: { target: w.access, name: "setDeadlines", args: [60, 60] },
  setParameters: { target: w.credit, name: "setParameters", args: [defaultParameters.credit] },
  setRules: { target: w.council, name: "setRules", args: [{ votingDelay, votingPeriod, gracePeriod, minHospitals }] },
};
const grave: Readonly<Record<string, Call>> = {
  expel: w.expel(1),
  replaceGovernor: { target: w.members, name: "replaceGovernor", args: [1, w.unlocked(14)] },
  ...Object.fromEntries([w.members, w.studies, w.consents, w.access, w.credit, w.council].map((target, index) => [`upgrade ${index}`, upgrade(target)])),
  grantRole: { target: w.authority, name: "grantRole", args: [1n, w.stranger, 0] },
  revokeRole: { target: w.authority, name: "revokeRole", args: [2n, w.guardian] },
  setTargetFunctionRole: { target: w.authority, name: "setTargetFunctionRole", args: [w.members.address, ["0x8456cb59"], 1n] },
  setTargetAdminDelay: { target: w.authority, name: "setTargetAdminDelay", args: [w.members.address, 60] },
  updateAuthority: { target: w.authority, name: "updateAuthority", args: [w.members.address, w.stranger] },
  updateDelay: { target: w.timelock, name: "updateDelay", args: [1n] },
  updateTimelock: { target: w.council, name: "updateTimelock", args: [w.stranger] },
  relay: { target: w.council, name: "relay", args: [w.stranger, 0n, "0x"] },
  "the authority's execute": {
    target: w.authority,
    name: "execute",
    args: [w.members.address, encodeFunctionData({ abi: w.members.abi, functionName: "admit", args: w.admit(w.unlocked(14), "n").args ?? [] })],
  },
  "a value": { ...w.suspend(1), value: 1n },
  "suspend elsewhere": { target: { ...w.members, address: w.stranger }, name: "suspend", args: [1] },
  "setRules elsewhere": { target: { ...w.council, address: w.members.address }, name: "setRules", args: [{ votingDelay, votingPeriod, gracePeriod, minHospitals }] },
  "resume of the authority": { target: { ...w.members, address: w.authority.address }, name: "resume" },
};
const needsTwoThirds = async (...calls: readonly Call[]) => w.read<boolean>(w.council, "needsTwoThirds", (await w.draft(calls)).calls);

test.serial("membership, parameters and the release of the brake are ordinary", async (t) => {
  for (const [what, call] of Object.entries(ordinary)) t.false(await needsTwoThirds(call), what);
  t.false(await needsTwoThirds(...Object.values(ordinary)));
});

test.serial("expulsion, upgrades, roles and all that is not listed need two thirds", async (t) => {
  for (const [what, call] of Object.entries(grave)) t.true(await needsTwoThirds(call), what);
  t.true(await w.read(w.council, "needsTwoThirds", [[w.members.address], [0n], ["0x"]]), "no function at all");
});

test.serial("one grave call makes the batch grave, wherever it stands", async (t) => {
  for (const [what, call] of Object.entries(grave)) {
    for (const batch of [[w.suspend(1), call], [call, w.suspend(1)]]) t.true(await needsTwoThirds(...batch), what);
  }
});

test.serial("every function that needs the Council's role is in one of the two lists", async (t) => {
  const named = new Set([...Object.values(ordinary), ...Object.values(grave)].map(({ name }) => name));
  for (const { what, role } of (await import("../../../scripts/deploy/roles.ts")).restrictions(w.artifacts, {
    MemberRegistry: w.members.address,
    StudyRegistry: w.studies.address,
    ConsentRegistry: w.consents.address,
    AccessLedger: w.access.address,
    CreditLedger: w.credit.address,
  })) {
    if (role === 1n) t.true(named.has(what.split(".")[1] ?? ""), what);
  }
});

test.serial("of five, three carry a suspension and two do not", async (t) => {
  t.is(await w.stateOf(await w.voted([w.suspend(5)], [1, 2])), "Defeated");
  const p = await w.voted([w.suspend(5)], [1, 2, 3]);
  t.is(await w.stateOf(p), "Succeeded");
  t.is(await w.read(w.council, "votesNeeded", [p.id]), 3n);
});

test.serial("of five, four carry an expulsion and three do not", async (t) => {
  const lost = await w.voted([w.expel(5)], [1, 2, 3]);
  t.is(await w.stateOf(lost), "Defeated");
  t.is(await w.read(w.council, "votesNeeded", [lost.id]), 4n);
  await refused(t, "GovernorUnexpectedProposalState", w.queue(lost));
  t.is(await w.stateOf(await w.voted([w.suspend(4), w.expel(5)], [1, 2, 3])), "Defeated");
  emitted(t, await w.decide([w.expel(5)], [1, 2, 3, 4]), "MemberExpelled", { id: 5 });
});

test.serial("of four, half is not more than half; abstentions carry nothing", async (t) => {
  t.is(await w.stateOf(await w.voted([w.suspend(4)], [1, 2])), "Defeated");
  const p = await w.draft([w.suspend(4)]);
  await w.propose(p);
  await w.opened();
  for (const id of [1, 2]) await w.vote(p, id);
  for (const id of [3, 4]) await w.vote(p, id, support.abstain);
  await w.closed();
  t.is(await w.stateOf(p), "Defeated");
  t.deepEqual(await w.read(w.council, "proposalVotes", [p.id]), [0n, 2n, 2n]);
});
