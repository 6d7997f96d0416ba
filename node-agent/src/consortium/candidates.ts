import type { Address } from "../model/ids.ts";
import type { NodePeer } from "../ports/node-admin.ts";
import { nodeAddress } from "./enode.ts";

/** Blocks a node may be behind and still count as following: it announces a block only after it has imported it. */
const tolerance = 3;

/** Watches nodes that are to become validators: a wiped or half-synced one would be a silent validator from its first block on (besu#8307). */
export type Candidates = {
  /** Tells what the peers look like at block `head`. Addresses no longer asked about are forgotten; one that is cut off or falls behind begins anew. */
  observe(wanted: Iterable<Address>, peers: readonly NodePeer[], head: number): void;
  /** Those that have followed for `blocks` blocks or more without a break. */
  proven(): Set<Address>;
  /** Blocks followed so far; 0 when not following now. */
  followed(candidate: Address): number;
};

/** Keeps its count in memory: after a restart of the agent a candidate proves itself again. */
export function createCandidates(blocks: number): Candidates {
  const since = new Map<Address, number>();
  let now = 0;
  const followed = (candidate: Address): number => {
    const start = since.get(candidate);
    return start === undefined ? 0 : Math.max(0, now - start);
  };
  return {
    observe(wanted, peers, head) {
      now = head;
      const asked = new Set(wanted);
      const following = new Set(peers.filter(({ latestBlock }) => latestBlock !== null && latestBlock >= head - tolerance).map(({ key }) => nodeAddress(key)));
      for (const known of [...since.keys()]) if (!asked.has(known) || !following.has(known)) since.delete(known);
      for (const candidate of asked) if (following.has(candidate) && !since.has(candidate)) since.set(candidate, head);
    },
    proven: () => new Set([...since.keys()].filter((candidate) => followed(candidate) >= blocks)),
    followed,
  };
}
