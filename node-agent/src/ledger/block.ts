import { fault } from "../model/fault.ts";
import { digest } from "../model/ids.ts";
import type { BlockRef } from "../ports/ledger.ts";
import type { Rpc } from "./rpc.ts";

/** JSON-RPC quantity of a whole number. */
export const quantityOf = (value: number): string => `0x${value.toString(16)}`;

/** Reads a JSON-RPC quantity below 2^53. Throws LEDGER_BAD_ANSWER. */
export function parseQuantity(method: string, value: unknown): number {
  if (typeof value !== "string" || !/^0x[0-9a-f]{1,13}$/iu.test(value)) throw fault("LEDGER_BAD_ANSWER", { method, reason: "a number is no quantity" });
  return Number(value);
}

/** Reads an eth_getBlockByNumber result; null when the node has no such block. */
export function parseBlock(value: unknown, expected: number | null): BlockRef | null {
  if (value === null) return null;
  const method = "eth_getBlockByNumber";
  const { number, hash, timestamp } = value as { number?: unknown; hash?: unknown; timestamp?: unknown };
  const block = { number: parseQuantity(method, number), timestamp: parseQuantity(method, timestamp) };
  if (expected !== null && block.number !== expected) throw fault("LEDGER_BAD_ANSWER", { method, reason: `block ${block.number} came for block ${expected}` });
  try {
    return { ...block, hash: digest(String(hash)) };
  } catch (error) {
    throw fault("LEDGER_BAD_ANSWER", { method, reason: "a block has no hash" }, error);
  }
}

/** A block by number, or null. */
export async function fetchBlock(rpc: Rpc, number: number, signal?: AbortSignal): Promise<BlockRef | null> {
  return parseBlock(await rpc.call("eth_getBlockByNumber", [quantityOf(number), false], signal), number);
}

/** The latest block. */
export async function fetchHead(rpc: Rpc, signal?: AbortSignal): Promise<BlockRef> {
  const head = parseBlock(await rpc.call("eth_getBlockByNumber", ["latest", false], signal), null);
  if (head === null) throw fault("LEDGER_BAD_ANSWER", { method: "eth_getBlockByNumber", reason: "the node has no latest block" });
  return head;
}
