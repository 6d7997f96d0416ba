import type { Config } from "../../config/schema.ts";
import { createLedgerReader } from "../../ledger/reader.ts";
import { createRpc } from "../../ledger/rpc.ts";
import { ledgerDefaults } from "../../ledger/config.ts";
import type { LedgerReader } from "../../ports/ledger.ts";
import { fail, failure, type Finding, ok, skip } from "./finding.ts";

const skewSeconds = 15;

export type Chain = { readonly reader: LedgerReader; close(): Promise<void> };

/** The chain as the agent would open it. */
export function openChain(config: Config): Chain {
  const { endpoint, chainId, genesisHash, contracts, pollMilliseconds } = config.chain;
  const rpc = createRpc({ endpoint, timeoutMs: 5000, retries: 0 });
  const reader = createLedgerReader(rpc, { endpoint, chainId, genesisHash, contracts, pollMs: pollMilliseconds, timeoutMs: 5000, logsRange: ledgerDefaults.logsRange });
  return { reader, close: () => rpc.close() };
}

/** Whether the node answers for the consortium's chain with the consortium's contracts, and whether its time and ours agree. */
export async function checkChain(config: Config, { reader }: Chain, nowMs: number): Promise<Finding[]> {
  try {
    await reader.verifyChain();
  } catch (error) {
    return [failure("chain", error), skip("chain time", "the chain was not reached")];
  }
  const found = ok("chain", `${config.chain.endpoint} answers for chain ${config.chain.chainId} with the consortium's contracts`);
  try {
    const head = await reader.head();
    return [found, timeFinding(head.number, nowMs / 1000 - head.timestamp, config.chain.staleAfterSeconds)];
  } catch (error) {
    return [found, failure("chain time", error)];
  }
}

function timeFinding(number: number, ageSeconds: number, staleAfterSeconds: number): Finding {
  const age = Math.round(ageSeconds);
  if (age < -skewSeconds) return fail("chain time", `block ${number} is ${-age} s ahead of this computer's clock`, "Set this computer's clock (NTP).");
  if (age > staleAfterSeconds) return fail("chain time", `the newest block, ${number}, is ${age} s old`, "The node is stuck or cut off, or this computer's clock is ahead: check the node's peers, and NTP.");
  return ok("chain time", `block ${number}, ${Math.max(0, age)} s old`);
}
