import type { Digest } from "../model/ids.ts";
import type { ContractAddresses } from "./contracts.ts";

/** What the ledger adapter needs to know of the consortium's chain and of the node it talks to. */
export type LedgerConfig = {
  /** http(s) URL of the institution's own node. */
  readonly endpoint: string;
  readonly chainId: number;
  /** Hash of block 0: a chain id can be reused, this can not. */
  readonly genesisHash: Digest;
  readonly contracts: ContractAddresses;
  /** How often to look for a new block, milliseconds: 100 to 200 beside the embedded chain, about a tenth of the block period otherwise. */
  readonly pollMs: number;
  /** Milliseconds one call may take. */
  readonly timeoutMs: number;
  /** Blocks asked for in one eth_getLogs at first and at most; at least 1. Besu's own limit is 5000. */
  readonly logsRange: number;
};

/** The adapter's defaults where the configuration is silent. */
export const ledgerDefaults = { pollMs: 150, timeoutMs: 10_000, logsRange: 2000 } as const;
