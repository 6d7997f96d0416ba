import type { CID } from "multiformats/cid";

export type Block = { readonly cid: CID; readonly bytes: Uint8Array };
/** A raw block, and how many bytes it has by the word of whoever refers to it. */
export type Leaf = { readonly cid: CID; readonly size: number };

/**
 * Content-addressed storage of ciphertext. A block is immutable; its CID is the promise of its bytes.
 * Implementations verify nothing on `put` (the writer has just computed the CID) and everything on `get`.
 */
export type Blocks = {
  /** Stores all of them and resolves only when every one would survive a power cut. Storing a present block again is free. Throws BLOCKS_DISK_FULL. */
  putMany(blocks: Iterable<Block> | AsyncIterable<Block>): Promise<void>;
  /** The bytes, verified against the CID; null when absent or damaged (a damaged block is set aside and counts as absent). */
  get(cid: CID): Promise<Uint8Array | null>;
  /** The bytes as they lie there, unverified, for a reader that verifies them itself, in memory that is the reader's; null when absent. `get` serves where this is not offered. */
  raw?(cid: CID): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Several leaves in one question, each as `get` gives it, in memory that is the reader's. Offered where a question by itself costs more than a small leaf. */
  leaves?(leaves: readonly Leaf[]): Promise<readonly (Uint8Array | null)[]>;
  has(cid: CID): Promise<boolean>;
  /** Whether everything below a root was brought here together and is kept; a block of it may have been damaged since. Offered where that is known. */
  keepsTree?(root: CID): Promise<boolean>;
  /** Forgets blocks; absent ones are ignored. */
  deleteMany(cids: Iterable<CID>): Promise<void>;
  /** Every CID held, in no order. */
  list(): AsyncIterable<CID>;
  /** Free bytes for new blocks. */
  freeBytes(): Promise<number>;
  /** Bytes that the blocks here take, counted now: costs a look at every one. Absent where it cannot be told. */
  usedBytes?(): Promise<number>;
};
