import { hexToNumber, numberToHex, type Address, type Hex, type RpcLog } from "viem";
import { call, type Rpc } from "./sender.ts";

/** Besu answers at most 5,000 blocks at a time by default. */
const blocksAtOnce = 5000;

/** Every log of one contract from a block to the present head, in order, asked for in ranges any node answers. Throws DEPLOY_RPC_FAILED. */
export async function logsOf(rpc: Rpc, address: Address, fromBlock: number): Promise<RpcLog[]> {
  const head = hexToNumber((await call(rpc, "eth_blockNumber")) as Hex);
  const logs: RpcLog[] = [];
  for (let from = fromBlock; from <= head; from += blocksAtOnce) {
    const to = Math.min(from + blocksAtOnce - 1, head);
    const filter = { address, fromBlock: numberToHex(from), toBlock: numberToHex(to) };
    for (const log of (await call(rpc, "eth_getLogs", [filter])) as RpcLog[]) logs.push(log);
  }
  return logs;
}
