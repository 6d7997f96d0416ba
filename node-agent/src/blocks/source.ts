import type { CID } from "multiformats/cid";
import type { Block } from "../ports/blocks.ts";

/** Somewhere blocks can be had: a member's agent, a Kubo gateway, the hospital's own IPFS. Nothing it sends is trusted; see each duty. */
export type BlockSource = {
  /** For progress and errors; no credentials. */
  readonly name: string;
  /** The block's bytes, or null when this source has it not. The caller verifies again; throwing means: ask another. */
  block(cid: CID, signal: AbortSignal): Promise<Uint8Array | null>;
  /** All blocks below `root`, parents before children, each verified; may end early or throw, the caller fetches what is missing one by one. */
  car?(root: CID, signal: AbortSignal): AsyncIterable<Block>;
};
