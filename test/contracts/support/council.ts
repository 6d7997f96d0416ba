import hre from "hardhat";
import { pathToFileURL } from "node:url";
import { encodeFunctionData, getAddress, keccak256, toHex, type Address, type Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";
import { deployConsortium, type Founder } from "../../../scripts/deploy/consortium.ts";
import type { Governance } from "../../../scripts/deploy/governance.ts";
import { startChain, type Chain, type Contract, type Sent } from "./chain.ts";
import { profile } from "./world.ts";

/** Names of OpenZeppelin's IGovernor.ProposalState. */
export const states = ["Pending", "Active", "Canceled", "Defeated", "Succeeded", "Queued", "Expired", "Executed"] as const;
export const support = { against: 0, for: 1, abstain: 2 } as const;
export const periods = { votingDelay: 10, votingPeriod: 100, timelockDelay: 50, gracePeriod: 1000, minHospitals: 2 } as const satisfies Governance;

export type Call = { readonly target: Contract; readonly name: string; readonly args?: readonly unknown[]; readonly value?: bigint };
export type Proposal = { readonly id: bigint; readonly text: string; readonly calls: readonly [Address[], bigint[], Hex[]]; readonly hash: Hex };
export type CouncilWorld = Awaited<ReturnType<typeof startCouncil>>;

let counter = 0;

/**
 * A consortium of five hospitals under its Council. Unlocked accounts: 1, 17 and 18 guardians, two of whom must agree, 2 reviewer, 3..6 governors of hospitals 1..4,
 * 8..12 operators of hospitals 1..5, 13.. strangers. The governor of hospital 5 is `signer`, which signs but sends nothing, unless
 * another address is given for it.
 */
export async function startCouncil(given: { readonly chain?: Chain; readonly governance?: Partial<Governance>; readonly fifth?: Address; readonly signerKey?: Hex } = {}) {
  const chain = given.chain ?? (await startChain());
  const artifacts = await loadArtifacts(pathToFileURL(`${hre.config.paths.artifacts}/`));
  const { account } = chain;
  const signer = privateKeyToAccount(given.signerKey ?? generatePrivateKey());
  const governor = (id: number): Address => (id === 5 ? (given.fifth ?? signer.address) : account(2 + id));
  const operator = (id: number): Address => account(7 + id);
  const members: Founder[] = [1, 2, 3, 4, 5].map((id) => ({ kind: "Hospital", governor: governor(id), operators: [operator(id)], profile: profile(`hospital-${id}`) }));
  const governance = { ...periods, ...given.governance };
  const deployerKey = generatePrivateKey();
  const deployment = await deployConsortium({ rpc: chain.rpc, deployerKey, governance, guardians: [account(1), account(17), account(18)], reviewers: [account(2)], members, artifacts });
  const contract = (name: keyof typeof artifacts, address: Address): Contract => ({ address: getAddress(address), abi: artifacts[name].abi });
  const contracts = {
    authority: contract("ConsortiumAuthority", deployment.consortiumAuthority),
    members: contract("MemberRegistry", deployment.memberRegistry),
    studies: contract("StudyRegistry", deployment.studyRegistry),
    consents: contract("ConsentRegistry", deployment.consentRegistry),
    access: contract("AccessLedger", deployment.accessLedger),
    credit: contract("CreditLedger", deployment.creditLedger),
    council: contract("Council", deployment.council),
    timelock: contract("TimelockController", deployment.timelock),
    panel: contract("GuardianPanel", deployment.guardianPanel),
  };
  for (const { abi } of Object.values(contracts)) chain.abis.push(abi);
  const { council } = contracts;
  // Proposing takes a vote a second ago.
  await chain.sleep(2);

  async function draft(calls: readonly Call[], text = `proposal ${++counter}`): Promise<Proposal> {
    const targets = calls.map(({ target }) => target.address);
    const values = calls.map(({ value = 0n }) => value);
    const data = calls.map(({ target, name, args = [] }) => encodeFunctionData({ abi: target.abi, functionName: name, args }));
    const hash = keccak256(toHex(text));
    const id = await chain.read<bigint>(council, "hashProposal", [targets, values, data, hash]);
    return { id, text, calls: [targets, values, data], hash };
  }
  const propose = (p: Proposal, by = governor(1)): Promise<Sent> => chain.send(by, council, "propose", [...p.calls, p.text]);
  const vote = (p: Proposal, id: number, choice: number = support.for): Promise<Sent> => chain.send(governor(id), council, "castVote", [p.id, choice]);
  const queue = (p: Proposal, by = account(13)): Promise<Sent> => chain.send(by, council, "queue", [...p.calls, p.hash]);
  const execute = (p: Proposal, by = account(13)): Promise<Sent> => chain.send(by, council, "execute", [...p.calls, p.hash]);
  const cancel = (p: Proposal, by: Address): Promise<Sent> => chain.send(by, council, "cancel", [...p.calls, p.hash]);
  const guardians = [account(1), account(17), account(18)] as const;
  /** Approved by guardians, two unless told otherwise, for an hour. */
  async function approve(target: Contract, proposal = 0n, by: readonly Address[] = guardians.slice(0, 2)): Promise<void> {
    for (const guardian of by) await chain.send(guardian, contracts.panel, "approve", [target.address, proposal, (await chain.now()) + 3600]);
  }
  /** Canceled by two guardians' approval; a stranger has it done. */
  async function stop(p: Proposal): Promise<Sent> {
    await approve(council, p.id);
    return chain.send(account(13), contracts.panel, "cancel", [...p.calls, p.hash]);
  }
  const opened = (): Promise<void> => chain.sleep(governance.votingDelay + 1);
  const closed = (): Promise<void> => chain.sleep(governance.votingPeriod + 1);
  const ripe = (): Promise<void> => chain.sleep(governance.timelockDelay + 1);

  /** Proposed, and voted in favour by these hospitals' governors; the vote is over. */
  async function voted(calls: readonly Call[], voters: readonly number[], text?: string): Promise<Proposal> {
    const p = await draft(calls, text);
    await propose(p);
    await opened();
    for (const id of voters) await vote(p, id);
    await closed();
    return p;
  }
  /** Also queued, and ready for execution. */
  async function ready(calls: readonly Call[], voters: readonly number[] = [1, 2, 3, 4], text?: string): Promise<Proposal> {
    const p = await voted(calls, voters, text);
    await queue(p);
    await ripe();
    return p;
  }

  return {
    ...chain,
    ...contracts,
    contracts,
    artifacts,
    deployment,
    deployer: privateKeyToAccount(deployerKey).address,
    governance,
    signer,
    guardian: account(1),
    guardians,
    approve,
    stop,
    reviewer: account(2),
    stranger: account(13),
    governor,
    operator,
    unlocked: account,
    draft,
    propose,
    vote,
    queue,
    execute,
    cancel,
    opened,
    closed,
    ripe,
    voted,
    ready,
    /** From proposal to effect; fails where any step does. */
    decide: async (calls: readonly Call[], voters?: readonly number[]): Promise<Sent> => execute(await ready(calls, voters)),
    stateOf: async (p: Proposal) => states[await chain.read<number>(council, "state", [p.id])],
    suspend: (id: number): Call => ({ target: contracts.members, name: "suspend", args: [id] }),
    reinstate: (id: number): Call => ({ target: contracts.members, name: "reinstate", args: [id] }),
    expel: (id: number): Call => ({ target: contracts.members, name: "expel", args: [id] }),
    admit: (governing: Address, name: string): Call => ({ target: contracts.members, name: "admit", args: [1, governing, [], profile(name)] }),
    statusOf: async (id: number) => ["None", "Active", "Suspended", "Expelled"][(await chain.read<{ status: number }>(contracts.members, "member", [id])).status] ?? "",
  };
}
