import { encodeFunctionData, hexToBigInt, pad, parseAbi, slice, type Address, type Hex } from "viem";
import { IMPLEMENTATION_SLOT, implementationOf } from "../deploy/read.ts";
import { call, type Rpc } from "../deploy/sender.ts";

const abi = parseAbi(["function upgradeToAndCall(address implementation, bytes data) payable"]);

/** ERC-7201 slot of OpenZeppelin's Initializable; its first 8 bytes are all ones when initialisers are disabled. */
const INITIALIZABLE_SLOT = "0xf0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00";
const DISABLED = 2n ** 64n - 1n;

/** Somebody who holds no power whatsoever. */
const nobody: Address = "0x00000000000000000000000000000000000dEaD1";

export type Rehearsal = {
  readonly rpc: Rpc;
  readonly proxy: Address;
  /** The new code, already on the chain. */
  readonly candidate: Address;
  /** Who upgrades: the timelock. */
  readonly holder: Address;
  /** The call that goes with the upgrade; "0x" for none. */
  readonly init: Hex;
};

/** Whether the node would run this call; `code` is what the proxy shall have for implementation meanwhile (state override of eth_call). */
async function runs({ rpc, proxy }: Rehearsal, from: Address, data: Hex, code?: Address): Promise<boolean> {
  const overrides = code === undefined ? [] : [{ [proxy]: { stateDiff: { [IMPLEMENTATION_SLOT]: pad(code, { size: 32 }) } } }];
  return call(rpc, "eth_call", [{ from, to: proxy, data, gasPrice: "0x0" }, "latest", ...overrides]).then(
    () => true,
    () => false,
  );
}

const upgradeTo = (implementation: Address, data: Hex): Hex => encodeFunctionData({ abi, functionName: "upgradeToAndCall", args: [implementation, data] });

/**
 * Plays the upgrade through on the real chain without writing anything: does it go through, can the same holder upgrade again
 * afterwards, and can anybody else? Answers in sentences, empty when all is well. The node must know state overrides of eth_call.
 * Throws DEPLOY_RPC_FAILED when the node does not answer reads.
 */
export async function rehearse(rehearsal: Rehearsal): Promise<string[]> {
  const { rpc, proxy, candidate, holder, init } = rehearsal;
  const code = (await call(rpc, "eth_getCode", [candidate, "latest"])) as Hex;
  if (code === "0x") return [`there is no code at ${candidate}`];
  const findings: string[] = [];
  const word = (await call(rpc, "eth_getStorageAt", [candidate, INITIALIZABLE_SLOT, "latest"])) as Hex;
  if (hexToBigInt(slice(word, 24, 32)) !== DISABLED) findings.push("its code can be initialised by anybody: the constructor does not disable initialisers");
  if (!(await runs(rehearsal, holder, upgradeTo(candidate, init)))) findings.push("the upgrade itself does not go through");
  const back = upgradeTo(await implementationOf(rpc, proxy), "0x");
  if (!(await runs(rehearsal, holder, back, candidate))) findings.push("it could never be upgraded again");
  if (await runs(rehearsal, nobody, back, candidate)) findings.push("anybody could upgrade it afterwards");
  return findings;
}
