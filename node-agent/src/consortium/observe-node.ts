import type { Address } from "../model/ids.ts";
import type { NodeAdmin, NodeEndpoint, NodePeer, SealedBlock } from "../ports/node-admin.ts";
import { liveSigners, lookBack, sealedBlocks } from "./live-signers.ts";

/** What one look at our own node shows. */
export type NodeView = {
  readonly self: NodeEndpoint;
  readonly head: number;
  /** The newest blocks, oldest first. */
  readonly blocks: readonly SealedBlock[];
  readonly validators: readonly Address[];
  /** Validators of block 0. */
  readonly founded: ReadonlySet<Address>;
  readonly live: ReadonlySet<Address>;
  readonly peers: readonly NodePeer[];
};

/** Looks at the node; blocks seen before are not asked for again. */
export function createNodeObserver(node: NodeAdmin): () => Promise<NodeView> {
  let kept: SealedBlock[] = [];
  let founded: ReadonlySet<Address> | null = null;

  async function newest(head: number): Promise<SealedBlock[]> {
    const last = kept.at(-1)?.number ?? -1;
    // A node that was set back has other blocks behind the same numbers.
    if (head < last) kept = [];
    const from = Math.max(0, head - sealedBlocks + 1, (kept.at(-1)?.number ?? -1) + 1);
    const numbers = Array.from({ length: head - from + 1 }, (_, i) => from + i);
    const found = await Promise.all(numbers.map((number) => node.block(number)));
    kept = [...kept, ...found.filter((block) => block !== null)].slice(-sealedBlocks);
    return kept;
  }

  return async () => {
    const [self, head, peers, validators] = await Promise.all([node.self(), node.head(), node.peers(), node.validators()]);
    founded ??= new Set((await node.block(0))?.validators ?? []);
    const from = Math.max(1, head - lookBack(validators.length) + 1);
    const [blocks, activity] = await Promise.all([newest(head), head === 0 ? [] : node.activity(from, head)]);
    return { self, head, blocks, validators, founded, live: liveSigners(activity, from, blocks), peers };
  };
}
