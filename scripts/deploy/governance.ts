import { encodeFunctionData, type Address } from "viem";
import { fault } from "../../node-agent/src/model/fault.ts";
import type { Artifacts } from "./artifacts.ts";
import type { Sender } from "./sender.ts";

/** How the consortium decides, all times in seconds of block time. Bounds stand in ICouncil. */
export type Governance = {
  /** From proposal to the snapshot of votes. */
  readonly votingDelay: number;
  /** From the snapshot to the end of the vote. */
  readonly votingPeriod: number;
  /** Between queueing and the earliest execution. */
  readonly timelockDelay: number;
  /** How long a carried proposal may wait to be queued, and a ready one to be executed; 14 days unless given. */
  readonly gracePeriod?: number;
  /** Fewest Active hospitals a proposal may leave; 2 unless given. */
  readonly minHospitals?: number;
};

/** Where the Council and its timelock are. */
export type Council = { readonly council: Address; readonly councilCode: Address; readonly timelock: Address };

/** ICouncil.Rules, in its order. */
export function rulesOf({ votingDelay, votingPeriod, gracePeriod = 14 * 86_400, minHospitals = 2 }: Governance) {
  return { votingDelay, votingPeriod, gracePeriod, minHospitals };
}

/** Longest delay with which the Council still lets a proposal stand (PowerLost "DELAY"). */
const maxTimelockDelay = 60 * 86_400;

/** Throws DEPLOY_INPUT_WRONG when a period is no whole number of seconds in its bounds. The same bounds are in the contract. */
export function validateGovernance(governance: Governance): void {
  const day = 86_400;
  const bounds: Readonly<Record<keyof Governance, readonly [least: number, most: number]>> = {
    votingDelay: [0, 30 * day],
    votingPeriod: [1, 60 * day],
    gracePeriod: [1, 180 * day],
    timelockDelay: [0, maxTimelockDelay],
    minHospitals: [2, 100],
  };
  const given: Readonly<Record<keyof Governance, number>> = { ...rulesOf(governance), timelockDelay: governance.timelockDelay };
  for (const [name, [least, most]] of Object.entries(bounds) as [keyof Governance, readonly [number, number]][]) {
    const value = given[name];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw fault("DEPLOY_INPUT_WRONG", { what: `governance.${name} is ${value}, not a whole number from ${least} to ${most}` });
  }
}

/**
 * Three transactions: the timelock, then code and proxy of the Council. The timelock names the Council's address before it is
 * there, so that nobody ever administers the timelock but itself. Throws what the sender throws, DEPLOY_REVERTED also when
 * the Council came to lie elsewhere than computed.
 */
export async function deployGovernance(
  sender: Sender,
  artifacts: Artifacts,
  { authority, registry, governance }: { readonly authority: Address; readonly registry: Address; readonly governance: Governance },
): Promise<Council> {
  const council = sender.addressAfter(2);
  const nobody: Address = "0x0000000000000000000000000000000000000000";
  const timelock = await sender.deploy("timelock", artifacts.TimelockController, [governance.timelockDelay, [council], [council], nobody]);
  const code = await sender.deploy("Council code", artifacts.Council, []);
  const args = [authority, registry, timelock.address, rulesOf(governance)];
  const init = encodeFunctionData({ abi: artifacts.Council.abi, functionName: "initialize", args });
  const proxy = await sender.deploy("Council proxy", artifacts.ERC1967Proxy, [code.address, init]);
  if (proxy.address.toLowerCase() !== council.toLowerCase()) throw fault("DEPLOY_REVERTED", { step: "Council proxy", transaction: "another address" });
  return { council, councilCode: code.address, timelock: timelock.address };
}
