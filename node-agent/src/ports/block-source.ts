import type { CID } from "multiformats/cid";
import type { Block } from "./blocks.ts";

/** Somewhere blocks can be had: a member's agent, the private IPFS. Nothing it sends is trusted; see each duty. */
export type BlockSource = {
  /** For progress and errors; no credentials. */
  readonly name: string;
  /** Asked only for what the others have not, are late with, or say nothing of. */
  readonly reserve?: true;
  /** The block's bytes, or null when this source has it not. The caller verifies again; throwing means: ask another. */
  block(cid: CID, signal: AbortSignal): Promise<Uint8Array | null>;
  /** Exactly these blocks, each verified, in about this order; what the source has not is left out. May end early or throw: the caller asks again for what is missing. */
  many?(cids: readonly CID[], signal: AbortSignal): AsyncIterable<Block>;
};
