import type { CID } from "multiformats/cid";
import type { Block } from "./blocks.ts";

/** Somewhere blocks can be had: a member's agent, a Kubo gateway, the hospital's own IPFS. Nothing it sends is trusted; see each duty. */
export type BlockSource = {
  /** For progress and errors; no credentials. */
  readonly name: string;
  /** The block's bytes, or null when this source has it not. The caller verifies again; throwing means: ask another. */
  block(cid: CID, signal: AbortSignal): Promise<Uint8Array | null>;
  /** Exactly these blocks, each verified, in about this order; what the source has not is left out. May end early or throw: the caller asks again for what is missing. */
  many?(cids: readonly CID[], signal: AbortSignal): AsyncIterable<Block>;
  /** All blocks below `root`, parents before children, each verified; may end early or throw, the caller fetches what is missing one by one. */
  car?(root: CID, signal: AbortSignal): AsyncIterable<Block>;
};
