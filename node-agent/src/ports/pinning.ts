import type { CID } from "multiformats/cid";
import type { Block, Leaf } from "./blocks.ts";

/**
 * What one cluster peer says of a root. `pinned`: its Kubo has every block and keeps it. `under way`: it is fetching or waits for its turn.
 * `failed`: it gave up, or does not answer. `elsewhere`: it was not chosen. `since` is milliseconds since the epoch.
 */
export type PeerPin = { readonly peer: string; readonly state: "pinned" | "under way" | "failed" | "elsewhere"; readonly since: number };

/** A root that at least one peer has trouble with. */
export type PinStatus = { readonly root: CID; readonly peers: readonly PeerPin[] };

/** Copies asked for: at least `min` institutions at any time, `max` when it is placed. */
export type Copies = { readonly min: number; readonly max: number };

/**
 * This institution's own IPFS: a Kubo that stores, and a cluster peer that has other institutions' Kubos store too. Nothing is handed to either
 * unless Kubo was seen to be private (IPFS_NOT_PRIVATE); what is not reachable is IPFS_UNREACHABLE, what refuses is IPFS_REFUSED. All of it is safe to repeat.
 */
export type Pinning = {
  /** Stores a whole tree in the own Kubo and pins it there, in one stream; resolves when every block is on its disk. `blocks` must be the whole tree, and throw where it is not: for a block that is left out without a word Kubo would wait. */
  importTree(root: CID, blocks: AsyncIterable<Block>, signal: AbortSignal): Promise<void>;
  /** Whether the own Kubo keeps the root with everything below it. */
  holds(root: CID, signal: AbortSignal): Promise<boolean>;
  /** Asks the cluster for copies, the own Kubo's among them. A yes means it was written down, never that a copy exists: ask `status`. Asked again, peers that are gone are replaced. */
  pin(root: CID, copies: Copies, signal: AbortSignal): Promise<void>;
  /** Takes the root off the cluster's list. No peer's Kubo gives anything up for it: each agent does that for its own (`release`). */
  unpin(root: CID, signal: AbortSignal): Promise<void>;
  /** What every peer says of a root, asked now; empty when it is on no list. */
  status(root: CID, signal: AbortSignal): Promise<readonly PeerPin[]>;
  /** Has peers try again what they gave up. */
  recover(root: CID, signal: AbortSignal): Promise<void>;
  /** Every listed root that a peer is late with or has failed at. Costly on long lists. */
  troubled(signal: AbortSignal): Promise<readonly PinStatus[]>;
  /** Cluster peers whose Kubo answers and has room, by their own word of a few seconds ago. A peer with a dead Kubo is no trouble of any single root's: it is just missing here. */
  able(signal: AbortSignal): Promise<readonly string[]>;
  /** Peers chosen for a root; null when it is on no list. */
  allocations(root: CID, signal: AbortSignal): Promise<readonly string[] | null>;
  /** Roots the own Kubo keeps. */
  kept(signal: AbortSignal): AsyncIterable<CID>;
  /** The own Kubo no longer keeps the root; its blocks go with the next `collect`. Absent ones are ignored. */
  release(root: CID, signal: AbortSignal): Promise<void>;
  /** Deletes every block in the own Kubo that no kept root needs. Imports and pins wait meanwhile. */
  collect(signal: AbortSignal): Promise<void>;
  /** One block from the own Kubo, verified; null when it is not there or damaged. Never asks other peers. */
  block(cid: CID, signal: AbortSignal): Promise<Uint8Array | null>;
  /** Several leaves from the own Kubo in one question, each as `block` gives it. */
  leaves(leaves: readonly Leaf[], signal: AbortSignal): Promise<readonly (Uint8Array | null)[]>;
  /**
   * One block from whichever Kubo of the private network has it, verified; null when none gave it in `patienceMs`. It stays in the own Kubo until the
   * next `collect`: see `loose`. The slowest way to a block, and the only one that needs no member's agent.
   */
  fetch(cid: CID, patienceMs: number, signal: AbortSignal): Promise<Uint8Array | null>;
  /** Blocks that `fetch` has left in the own Kubo since the last `collect`. */
  loose(): number;
  /** Whether the own Kubo has the block, whole or not. */
  has(cid: CID, signal: AbortSignal): Promise<boolean>;
  /** Puts a good block in the place of a damaged one. */
  mend(block: Block, signal: AbortSignal): Promise<void>;
  /** Peer ids of the own cluster peer and Kubo, asked now. */
  identity(signal: AbortSignal): Promise<{ readonly cluster: string; readonly kubo: string; readonly clusterPeers: readonly string[] }>;
  /** Looks again whether Kubo is private and the cluster closed. Throws IPFS_NOT_PRIVATE naming the setting, IPFS_UNREACHABLE. */
  verify(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};
