import type { Address } from "../model/ids.ts";
import { quorumOf } from "../model/quorum.ts";
import type { NodeEndpoint, NodePeer, SealedBlock } from "../ports/node-admin.ts";
import { nodeAddress } from "./enode.ts";

export type SilentValidator = { readonly address: Address; readonly why: "not connected" | "has not signed lately" | "is behind" };

/** No new block: since when, and who is missing. `reachable` counts the validators that nothing speaks against, our own node among them. */
export type Stall = { readonly head: number; readonly seconds: number; readonly validators: number; readonly quorum: number; readonly reachable: number; readonly silent: readonly SilentValidator[] };

export type StallEvidence = {
  readonly nowMs: number;
  /** The newest blocks our node has, oldest first; at least one. */
  readonly blocks: readonly SealedBlock[];
  /** Who signed of late, as the blocks show. */
  readonly live: ReadonlySet<Address>;
  readonly validators: readonly Address[];
  readonly peers: readonly NodePeer[];
  readonly self: NodeEndpoint;
  /** Block periods without a block that make a stall. */
  readonly periods: number;
  /** Seconds after which the present head was first seen, by our own clock; the block's own time can be of a clock that is wrong. */
  readonly headSeenMs: number;
};

/** Seconds between blocks, by the median of what was seen: empty blocks of QBFT come more slowly, round changes late. At least 1. */
export function blockPeriod(blocks: readonly SealedBlock[]): number {
  const gaps = blocks.slice(1).map(({ timestamp }, i) => timestamp - (blocks[i]?.timestamp ?? timestamp)).sort((one, other) => one - other);
  return Math.max(1, gaps[gaps.length >> 1] ?? 1);
}

/** Whether the chain stands still, and which validators are silent: not connected to us, behind, or without a signature under the last blocks. Null while blocks come. */
export function detectStall({ nowMs, blocks, live, validators, peers, self, periods, headSeenMs }: StallEvidence): Stall | null {
  const newest = blocks.at(-1);
  if (newest === undefined || newest.number === 0) return null;
  const seconds = Math.round((nowMs - headSeenMs) / 1000);
  if (seconds < periods * blockPeriod(blocks)) return null;
  const silent = silentValidators({ blocks, live, validators, peers, self });
  return { head: newest.number, seconds, validators: validators.length, quorum: quorumOf(validators.length), reachable: validators.length - silent.length, silent };
}

/** The validators that something speaks against, in the order of the validator list. */
export function silentValidators({ blocks, live, validators, peers, self }: Pick<StallEvidence, "blocks" | "live" | "validators" | "peers" | "self">): SilentValidator[] {
  const head = blocks.at(-1)?.number ?? 0;
  const own = nodeAddress(self.key);
  const connected = new Map(peers.map((peer) => [nodeAddress(peer.key), peer]));
  return validators.flatMap((address): SilentValidator[] => {
    if (address === own) return [];
    const peer = connected.get(address);
    if (peer === undefined) return [{ address, why: "not connected" }];
    if (peer.latestBlock !== null && peer.latestBlock < head - 3) return [{ address, why: "is behind" }];
    return live.has(address) ? [] : [{ address, why: "has not signed lately" }];
  });
}
