import type { BlockSource } from "../../ports/block-source.ts";
import type { Pinning } from "../../ports/pinning.ts";

/** Patience with the whole network for one block, ms: connected Kubos answer within a second unless their lines are slow. */
const patienceMs = 15_000;

/**
 * Every Kubo of the private network as one source, in reserve: whoever keeps a copy for the cluster gives its blocks although no agent of its institution
 * answers. Bitswap inside a private swarm is several times slower than one stream between agents, so agents are asked first.
 */
export function swarmSource(pinning: Pinning): BlockSource {
  return {
    name: "private IPFS",
    reserve: true,
    block: (cid, signal) => pinning.fetch(cid, patienceMs, signal),
  };
}
