import type { Address, Digest } from "../model/ids.ts";
import type { LedgerEvent } from "../model/ledger-events.ts";

/** Which chain an agent is configured for. */
export type ChainIdentity = { readonly chainId: number; readonly genesisHash: Digest; readonly contracts: Readonly<Record<string, Address>> };

/** A block with everything a proof needs; checked against its own hash and roots, so that a node cannot slip in what does not belong there. */
export type ProvableBlock = {
  readonly number: number;
  readonly hash: Digest;
  /** RLP of the header with its seals. */
  readonly header: Uint8Array;
  /** Every transaction and receipt, in order; null when the block was not wanted. */
  readonly body: { readonly transactions: readonly Uint8Array[]; readonly receipts: readonly Uint8Array[] } | null;
  /** The events of the consortium's contracts in the block that were chosen; none when it was not wanted. */
  readonly events: readonly LedgerEvent[];
};

/** Where proofs come from: the institution's own node. */
export type ProofSource = {
  readonly identity: ChainIdentity;
  /**
   * Blocks `headersFrom` to `to`, in order; from `from` on with bodies where the filter cannot rule a block out. `studies` null: everything.
   * Throws LEDGER_UNREACHABLE, and PROOF_SOURCE_INCONSISTENT when the node's answers do not fit together.
   */
  blocks(range: { readonly headersFrom: number; readonly from: number; readonly to: number; readonly studies: readonly string[] | null }, signal: AbortSignal): AsyncIterable<ProvableBlock>;
};
