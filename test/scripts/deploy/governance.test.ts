import test from "ava";
import { encodeDeployData, keccak256, parseEventLogs, toHex, type Address } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";
import { deployConsortium, type DeployInput } from "../../../scripts/deploy/consortium.ts";
import type { Governance } from "../../../scripts/deploy/governance.ts";
import { panelFindings } from "../../../scripts/deploy/guardian-panel.ts";
import { logsOf } from "../../../scripts/deploy/logs.ts";
import { implementationOf } from "../../../scripts/deploy/read.ts";
import { governanceFindings, type ExpectedCouncil } from "../../../scripts/deploy/verify-governance.ts";
import { startChain, type Chain } from "../../contracts/support/chain.ts";
import { startCouncil } from "../../contracts/support/council.ts";
import { profile } from "../../contracts/support/world.ts";

const someone = () => privateKeyToAccount(generatePrivateKey()).address;
const founder = (name: string) => ({ kind: "Hospital" as const, governor: someone(), operators: [someone()], profile: profile(name) });
const governance: Governance = { votingDelay: 1, votingPeriod: 5, timelockDelay: 2 };
const plan = (chain: Chain): DeployInput & { readonly governance: Governance } => ({
  rpc: chain.rpc,
  deployerKey: generatePrivateKey(),
  governance,
  guardians: [someone(), someone(), someone()],
  reviewers: [someone()],
  members: [founder("one"), founder("two")],
});

test("under a Council the deployer, the founders and their agents hold no power, and the timelock alone does", async (t) => {
  const chain = await startChain();
  const input = plan(chain);
  const deployed = await deployConsortium(input);
  const artifacts = await loadArtifacts();
  const authority = { address: deployed.consortiumAuthority, abi: artifacts.ConsortiumAuthority.abi };
  const timelock = { address: deployed.timelock, abi: artifacts.TimelockController.abi };
  const council = { address: deployed.council, abi: artifacts.Council.abi };
  const people: Address[] = [privateKeyToAccount(input.deployerKey).address, ...input.members.flatMap(({ governor, operators }) => [governor, ...operators]), ...(input.guardians ?? [])];
  const acting = [`0x${"0".repeat(64)}`, ...["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"].map((name) => keccak256(toHex(name)))];
  for (const account of [...people, deployed.council]) {
    for (const role of [0n, 1n]) t.false((await chain.read<[boolean, number]>(authority, "hasRole", [role, account]))[0], `${account} ${role}`);
  }
  for (const account of people) for (const role of acting) t.false(await chain.read(timelock, "hasRole", [role, account]));
  for (const role of [0n, 1n]) t.true((await chain.read<[boolean, number]>(authority, "hasRole", [role, deployed.timelock]))[0]);
  t.like(await chain.read(council, "rules"), { votingDelay: 1, votingPeriod: 5, gracePeriod: 14 * 86_400, minHospitals: 2 });
  t.is(await chain.read(timelock, "getMinDelay"), 2n);
  const granted = parseEventLogs({ abi: timelock.abi, logs: (await logsOf(chain.rpc, timelock.address, 0)) as never, eventName: "RoleGranted" });
  t.is(granted.length, 4, "nobody else ever held a role of the timelock");
});

test("a governance that cannot work is refused before anything is sent", async (t) => {
  const chain = await startChain();
  const input = plan(chain);
  const { governance: _none, ...without } = input;
  const wrong: readonly (readonly [DeployInput, RegExp])[] = [
    [without, /either council or governance/u],
    [{ ...input, council: someone() }, /either council or governance/u],
    [{ ...input, guardians: [] }, /needs a guardian/u],
    [{ ...input, guardians: ["0x12"] }, /guardian 0x12 is not an address/u],
    [{ ...input, guardians: Array.from({ length: 17 }, someone) }, /17 guardians are more than 16/u],
    [{ ...input, guardians: [...(input.guardians ?? []), ...(input.guardians ?? [])] }, /is named twice and would count twice/u],
    [{ ...input, guardianThreshold: 4 }, /guardianThreshold is 4, not a whole number from 1 to 3/u],
    [{ ...input, guardianThreshold: 0 }, /guardianThreshold is 0/u],
    [{ ...input, guardianThreshold: 1.5 }, /guardianThreshold is 1\.5/u],
    [{ ...input, members: [{ ...founder("observer"), kind: "Observer" }] }, /needs a founding hospital/u],
    [{ ...input, governance: { ...governance, votingPeriod: 0 } }, /governance\.votingPeriod is 0/u],
    [{ ...input, governance: { ...governance, votingDelay: 1.5 } }, /governance\.votingDelay is 1\.5/u],
    [{ ...input, governance: { ...governance, timelockDelay: 61 * 86_400 } }, /governance\.timelockDelay/u],
    [{ ...input, governance: { ...governance, gracePeriod: -1 } }, /governance\.gracePeriod/u],
    [{ ...input, governance: { ...governance, minHospitals: 1 } }, /governance\.minHospitals/u],
  ];
  for (const [change, why] of wrong) {
    const error = await t.throwsAsync(deployConsortium(change));
    t.true(isFault(error, "DEPLOY_INPUT_WRONG"), String(error));
    t.regex(String(error), why);
  }
  t.is(await chain.rpc.request({ method: "eth_blockNumber" }), "0x0");
});

test("the guardians' panel holds GUARDIAN, and no guardian does; more than half must agree unless told otherwise", async (t) => {
  const chain = await startChain();
  const input = plan(chain);
  const artifacts = await loadArtifacts();
  for (const [given, needed] of [[{}, 2n], [{ guardianThreshold: 3 }, 3n], [{ guardians: [someone()] }, 1n], [{ guardians: [someone(), someone()] }, 2n]] as const) {
    const now = { ...input, ...given, deployerKey: generatePrivateKey() };
    const deployed = await deployConsortium(now);
    const authority = { address: deployed.consortiumAuthority, abi: artifacts.ConsortiumAuthority.abi };
    const panel = { address: deployed.guardianPanel, abi: artifacts.GuardianPanel.abi };
    const holds = async (account: Address) => (await chain.read<[boolean, number]>(authority, "hasRole", [2n, account]))[0];
    t.true(await holds(deployed.guardianPanel));
    for (const guardian of now.guardians ?? []) t.false(await holds(guardian));
    t.deepEqual(await chain.read(panel, "guardians"), now.guardians);
    t.is(await chain.read(panel, "threshold"), needed);
    t.is((await chain.read<Address[]>(panel, "targets")).length, 5);
  }
});

test("every part of the panel that differs from the plan is found", async (t) => {
  const w = await startCouncil();
  const expected = { guardianPanel: w.panel.address, guardians: w.guardians, threshold: 2 };
  const around = { authority: w.authority.address, council: w.council.address, targets: [w.members, w.studies, w.consents, w.access, w.credit].map(({ address }) => address) };
  const findings = async (change: Partial<typeof expected> = {}, other: Partial<typeof around> = {}) => (await panelFindings(w.rpc, w.artifacts, { ...expected, ...change }, { ...around, ...other })).join("; ");
  t.is(await findings(), "");
  t.regex(await findings({ threshold: 3 }), /^2 guardians must agree, not 3$/u);
  t.regex(await findings({}, { authority: someone(), council: someone() }), /^the guardians' panel's authority is .*; the guardians' panel's council is /u);
  t.regex(await findings({}, { targets: around.targets.slice(1) }), /^the guardians' panel can stop 0x.*, not 0x/u);
  const { abi, bytecode } = w.artifacts.GuardianPanel;
  const other = await w.create(w.stranger, encodeDeployData({ abi, bytecode, args: [w.authority.address, w.council.address, around.targets, [w.stranger], 1n] }));
  t.regex(await findings({ guardianPanel: other }), /^the guardians are 0x\w{40}, not .*; 1 guardians must agree, not 2$/u);
});

test("every part of the Council that differs from the plan is found", async (t) => {
  const w = await startCouncil();
  const expected: ExpectedCouncil = {
    council: w.council.address,
    councilCode: await implementationOf(w.rpc, w.council.address),
    timelock: w.timelock.address,
    rules: w.governance,
  };
  const around = { authority: w.authority.address, registry: w.members.address, fromBlock: w.deployment.deployedAtBlock };
  const findings = async (change: Partial<ExpectedCouncil> = {}, other: Partial<typeof around> = {}) =>
    (await governanceFindings(w.rpc, w.artifacts, { ...expected, ...change }, { ...around, ...other })).join("; ");
  t.is(await findings(), "");
  t.regex(await findings({ councilCode: someone() }), /^the Council runs other code than was deployed$/u);
  t.regex(await findings({ rules: { ...w.governance, votingPeriod: 99, timelockDelay: 1 } }), /^the Council's votingPeriod is 100, not 99; the timelock's delay is 50, not 1$/u);
  t.regex(await findings({}, { authority: someone() }), /^the Council's authority is/u);
  t.regex(await findings({}, { registry: someone() }), /^the Council's token is/u);
  const executor = keccak256(toHex("EXECUTOR_ROLE"));
  await w.decide([
    { target: w.timelock, name: "grantRole", args: [executor, w.stranger] },
    { target: w.timelock, name: "grantRole", args: [keccak256(toHex("ANOTHER")), w.stranger] },
  ]);
  t.regex(await findings(), /unplanned role 0x[0-9a-f]{64} that is held; EXECUTOR of the timelock is held by .*, 0x[0-9a-f]{40}, not by/u);
});
