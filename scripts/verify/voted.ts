import { decodeEventLog, hexToNumber, numberToHex, toEventSelector, type Abi, type AbiEvent, type Address, type Hex, type RpcLog } from "viem";
import { call, type Rpc } from "../deploy/sender.ts";

/** Which event of which contract tells a parameter's value, and in what form it is compared. */
export type ToldBy = { readonly at: Address; readonly abi: Abi; readonly event: string; readonly value: (args: Readonly<Record<string, unknown>>) => unknown };
export type Timelock = { readonly at: Address; readonly abi: Abi; readonly fromBlock: number };

/** Besu answers at most 5,000 blocks at a time by default. */
const blocksAtOnce = 5000;

function eventOf(abi: Abi, name: string): AbiEvent {
  const found = abi.find((entry) => entry.type === "event" && entry.name === name);
  if (found?.type !== "event") throw new TypeError(`no event ${name}`);
  return found;
}

/** The newest event of that name, sought backwards; null when there is none. */
async function newest(rpc: Rpc, { at, abi, event }: ToldBy, fromBlock: number): Promise<RpcLog | null> {
  const topic = toEventSelector(eventOf(abi, event));
  for (let to = hexToNumber((await call(rpc, "eth_blockNumber")) as Hex); to >= fromBlock; to -= blocksAtOnce) {
    const from = Math.max(fromBlock, to - blocksAtOnce + 1);
    const logs = (await call(rpc, "eth_getLogs", [{ address: at, topics: [topic], fromBlock: numberToHex(from), toBlock: numberToHex(to) }])) as RpcLog[];
    const last = logs.at(-1);
    if (last !== undefined) return last;
  }
  return null;
}

/**
 * The block in which the members' vote set a parameter to what it is now: the newest event that tells it tells this value, in a transaction in
 * which the timelock executed a call. Null when it came otherwise, such as from whoever deployed. Throws DEPLOY_RPC_FAILED.
 */
export async function votedAt(rpc: Rpc, told: ToldBy, timelock: Timelock, isNow: (value: unknown) => boolean): Promise<number | null> {
  const log = await newest(rpc, told, timelock.fromBlock);
  if (log === null) return null;
  const { args } = decodeEventLog({ abi: told.abi, topics: log.topics as [Hex, ...Hex[]], data: log.data });
  if (!isNow(told.value((args ?? {}) as Readonly<Record<string, unknown>>))) return null;
  const receipt = (await call(rpc, "eth_getTransactionReceipt", [log.transactionHash])) as { readonly logs: readonly RpcLog[] } | null;
  const executed = toEventSelector(eventOf(timelock.abi, "CallExecuted"));
  const byVote = receipt?.logs.some(({ address, topics }) => address.toLowerCase() === timelock.at.toLowerCase() && topics[0] === executed) === true;
  return byVote ? hexToNumber(log.blockNumber ?? "0x0") : null;
}
