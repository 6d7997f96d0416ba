import { keccak256, toHex, zeroHash, type Address, type Hex } from "viem";
import type { Artifacts } from "../deploy/artifacts.ts";
import { read } from "../deploy/read.ts";
import { roles } from "../deploy/roles.ts";
import { call, type Rpc } from "../deploy/sender.ts";
import type { Row } from "./row.ts";

export type Founded = {
  readonly authority: Address;
  readonly registry: Address;
  /** Block of the authority's deployment. */
  readonly fromBlock: number;
  readonly timelock?: Address;
  readonly guardianPanel?: Address;
};

type Transaction = { readonly hash: Hex; readonly from: Address; readonly to: Address | null };
type Receipt = { readonly contractAddress: Address | null };

/** Roles of OpenZeppelin's TimelockController. */
const timelockRoles = { ADMIN: zeroHash, ...Object.fromEntries(["PROPOSER", "EXECUTOR", "CANCELLER"].map((name) => [name, keccak256(toHex(`${name}_ROLE`))])) };
const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** Who made the authority, found in the block of its deployment; null when it was not made there. */
async function deployerOf(rpc: Rpc, { authority, fromBlock }: Founded): Promise<Address | null> {
  const block = (await call(rpc, "eth_getBlockByNumber", [`0x${fromBlock.toString(16)}`, true])) as { readonly transactions: readonly Transaction[] } | null;
  for (const { hash, from, to } of block?.transactions ?? []) {
    if (to !== null) continue;
    const receipt = (await call(rpc, "eth_getTransactionReceipt", [hash])) as Receipt | null;
    if (receipt?.contractAddress !== null && receipt !== null && same(receipt.contractAddress, authority)) return from;
  }
  return null;
}

/** Everything the deployer's key may still do, in words. */
async function powersOf(rpc: Rpc, artifacts: Artifacts, { authority, registry, timelock, guardianPanel }: Founded, deployer: Address): Promise<string[]> {
  const held: string[] = [];
  for (const [name, role] of Object.entries(roles)) {
    const [holds] = (await read(rpc, authority, artifacts.ConsortiumAuthority.abi, "hasRole", [role, deployer])) as [boolean, number];
    if (holds) held.push(`the role ${name}`);
  }
  if (timelock !== undefined) {
    for (const [name, role] of Object.entries(timelockRoles)) {
      if ((await read(rpc, timelock, artifacts.TimelockController.abi, "hasRole", [role, deployer])) === true) held.push(`${name} of the timelock`);
    }
  }
  if (guardianPanel !== undefined) {
    const sitting = (await read(rpc, guardianPanel, artifacts.GuardianPanel.abi, "guardians")) as readonly Address[];
    if (sitting.some((one) => same(one, deployer))) held.push("a seat on the guardians' panel");
  }
  const { abi } = artifacts.MemberRegistry;
  const [operates] = (await read(rpc, registry, abi, "memberOf", [deployer])) as [number];
  if (operates !== 0) held.push(`the seat of an operator of member ${operates}`);
  if (((await read(rpc, registry, abi, "getVotes", [deployer])) as bigint) > 0n) held.push("a vote");
  return held;
}

/**
 * The key that deployed, found on the chain and not taken from anybody's word, and that nothing is left in its hands: no role,
 * no seat, no vote, no guardian's word. Throws DEPLOY_RPC_FAILED.
 */
export async function deployerRow(rpc: Rpc, artifacts: Artifacts, founded: Founded): Promise<Row> {
  const deployer = await deployerOf(rpc, founded);
  if (deployer === null) return { area: "roles", what: "deployer", found: `block ${founded.fromBlock} does not deploy the authority: deployedAtBlock is wrong`, ok: false };
  const held = await powersOf(rpc, artifacts, founded, deployer);
  return { area: "roles", what: "deployer", found: held.length === 0 ? `${deployer} holds nothing` : `${deployer} still holds ${held.join(", ")}`, ok: held.length === 0 };
}
