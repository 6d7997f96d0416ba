import { decodeFunctionResult, encodeFunctionData, getAddress, type Abi, type Address, type Hex } from "viem";
import { call, type Rpc } from "./sender.ts";

/** keccak256("eip1967.proxy.implementation") - 1, ERC-1967. */
export const IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";

/** Reads one view function at the present head. Throws DEPLOY_RPC_FAILED. */
export async function read(rpc: Rpc, to: Address, abi: Abi, functionName: string, args: readonly unknown[] = []): Promise<unknown> {
  const data = (await call(rpc, "eth_call", [{ to, data: encodeFunctionData({ abi, functionName, args }) }, "latest"])) as Hex;
  return decodeFunctionResult({ abi, functionName, data });
}

/** The code behind a proxy, from its ERC-1967 slot; the zero address when it is no proxy. Throws DEPLOY_RPC_FAILED. */
export async function implementationOf(rpc: Rpc, proxy: Address): Promise<Address> {
  const word = (await call(rpc, "eth_getStorageAt", [proxy, IMPLEMENTATION_SLOT, "latest"])) as Hex;
  return getAddress(`0x${word.slice(-40)}`);
}
