import { Fault } from "../../node-agent/src/model/fault.ts";
import type { Chain } from "./chain.ts";
import type { Evm, EvmCall } from "./evm.ts";

/** Besu's limits, so that an agent meets the same ones here as in production (`--rpc-max-logs-range`). */
const maxLogsRange = 5000;

/** What a node of the consortium answers. Nothing that changes the chain except a signed transaction, no time travel, no server-side filters. */
const passedOn: ReadonlySet<string> = new Set([
  "eth_accounts",
  "eth_blockNumber",
  "eth_call",
  "eth_chainId",
  "eth_estimateGas",
  "eth_feeHistory",
  "eth_getBalance",
  "eth_getBlockByHash",
  "eth_getBlockByNumber",
  "eth_getBlockTransactionCountByHash",
  "eth_getBlockTransactionCountByNumber",
  "eth_getCode",
  "eth_getStorageAt",
  "eth_getTransactionByBlockHashAndIndex",
  "eth_getTransactionByBlockNumberAndIndex",
  "eth_getTransactionByHash",
  "eth_getTransactionCount",
  "eth_getTransactionReceipt",
  "eth_syncing",
  "net_listening",
  "net_version",
]);

const failure = (id: unknown, code: number, message: string): string => JSON.stringify({ jsonrpc: "2.0", id: id ?? null, error: { code, message } });

/** JSON-RPC 2.0 section 4; null when the value is no request object. */
function callOf(value: unknown): EvmCall | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, method, params } = value as Record<string, unknown>;
  if (typeof method !== "string") return null;
  if (params !== undefined && !Array.isArray(params)) return null;
  if (typeof id !== "string" && typeof id !== "number") return null;
  return { id, method, params: params ?? [] };
}

const hexNumber = (value: unknown): number | null => (typeof value === "string" && /^0x[0-9a-f]{1,13}$/iu.test(value) ? Number(value) : null);

/** Besu refuses these ranges; the engine underneath would answer quietly. */
function refusedRange(filter: unknown, head: number): string | null {
  if (typeof filter !== "object" || filter === null) return null;
  const { fromBlock, toBlock } = filter as Record<string, unknown>;
  const from = hexNumber(fromBlock) ?? (fromBlock === "earliest" ? 0 : head);
  const to = hexNumber(toBlock) ?? (toBlock === "earliest" ? 0 : head);
  if (from > head || to > head) return "Block not found";
  return to - from >= maxLogsRange ? "Requested range exceeds maximum RPC range limit" : null;
}

/** Answers one JSON-RPC request object; never throws. */
export function answerer(evm: Evm, chain: Chain, version: string): (value: unknown) => Promise<string> {
  return async (value) => {
    const call = callOf(value);
    if (call === null) return failure(null, -32600, "Invalid Request");
    const { id, method, params } = call;
    const result = (given: unknown): string => JSON.stringify({ jsonrpc: "2.0", id, result: given });
    try {
      // Gas is free in a consortium; the engine's own suggestion would strand accounts that own nothing.
      if (method === "eth_gasPrice" || method === "eth_maxPriorityFeePerGas") return result("0x0");
      if (method === "web3_clientVersion") return result(version);
      if (method === "eth_sendRawTransaction") {
        const [raw] = params;
        if (typeof raw !== "string" || !/^0x(?:[0-9a-f]{2})+$/iu.test(raw)) return failure(id, -32602, "Invalid params: one hex string of whole bytes is expected");
        return result(await chain.submit(raw));
      }
      if (method === "eth_getLogs") {
        // Asked of the engine, not of the block maker: a reader may have seen a block in the engine a moment before its maker noted it.
        const refused = refusedRange(params[0], Number(await evm.call("eth_blockNumber")));
        return refused === null ? await evm.request({ id, method, params }) : failure(id, -32000, refused);
      }
      if (!passedOn.has(method)) return failure(id, -32601, `Method ${method.slice(0, 64)} is not offered`);
      return await evm.request({ id, method, params });
    } catch (error) {
      const reason = error instanceof Fault && error.code === "CHAIN_EXECUTION" ? (error.details as { reason: string }).reason : null;
      if (reason !== null) return failure(id, -32000, reason);
      return failure(id, -32603, error instanceof Error ? error.message : "internal error");
    }
  };
}
