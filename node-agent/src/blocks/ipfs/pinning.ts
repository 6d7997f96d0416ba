import type { CID } from "multiformats/cid";
import { matches } from "../../dag/block.ts";
import { fault } from "../../model/fault.ts";
import type { Pinning } from "../../ports/pinning.ts";
import { limiter } from "../limiter.ts";
import { connectClusterPeer } from "./cluster.ts";
import { connectKubo } from "./kubo.ts";
import { verifyPrivate } from "./verify-private.ts";

export type PinningOptions = {
  /** Base URLs of this institution's own Kubo RPC and cluster REST API. */
  readonly kuboUrl: string;
  readonly clusterUrl: string;
  readonly user: string;
  readonly password: string;
  readonly now: () => number;
  /** Told when a block in Kubo is not what its CID says. */
  readonly onDamaged?: (cid: CID) => void;
};

/** For how long a Kubo seen to be private is believed to be the same, ms: it may be started anew with other settings. */
const verifiedForMs = 30_000;
/** Roots that may share one damaged block. */
const keepersLimit = 64;

/** The pinning port on a real Kubo and a real cluster peer. Opens no connection before it is used. */
export function openPinning(options: PinningOptions): Pinning {
  const kubo = connectKubo(options.kuboUrl);
  const cluster = connectClusterPeer({ url: options.clusterUrl, user: options.user, password: options.password });
  /** Deleting unkept blocks and taking a block's keepers away for a moment must never meet. */
  const alone = limiter(1);
  let verifiedAt = Number.NEGATIVE_INFINITY;
  let kuboVerifiedAt = Number.NEGATIVE_INFINITY;
  let ownPeer: string | null = null;
  let loose = 0;

  const verify = async (signal: AbortSignal): Promise<void> => {
    verifiedAt = Number.NEGATIVE_INFINITY;
    kuboVerifiedAt = Number.NEGATIVE_INFINITY;
    await verifyPrivate(kubo, cluster, options.kuboUrl, signal);
    verifiedAt = options.now();
  };
  const demandPrivate = async (signal: AbortSignal): Promise<void> => {
    if (options.now() - verifiedAt > verifiedForMs) await verify(signal);
  };
  const own = async (signal: AbortSignal): Promise<string> => (ownPeer ??= (await cluster.identity(signal)).id);

  const block = async (cid: CID, signal: AbortSignal): Promise<Uint8Array | null> => {
    const found = await kubo.block(cid, signal);
    if (found === null) return null;
    if (found.good) return found.bytes;
    options.onDamaged?.(cid);
    return null;
  };

  return {
    verify,
    async importTree(root, blocks, signal) {
      await demandPrivate(signal);
      await kubo.importTree(root, blocks, signal);
    },
    holds: kubo.holds,
    kept: kubo.kept,
    release: kubo.release,
    collect: (signal) =>
      alone(async () => {
        // What is fetched while it runs may be left over by it.
        loose = 0;
        await kubo.collect(signal);
      }),
    async pin(root, copies, signal) {
      await demandPrivate(signal);
      await cluster.pin(root, copies, await own(signal), signal);
    },
    unpin: cluster.unpin,
    status: cluster.status,
    recover: cluster.recover,
    troubled: cluster.troubled,
    able: cluster.able,
    allocations: cluster.allocations,
    block,
    async leaves(leaves, signal) {
      const found = await kubo.leaves(leaves, signal);
      // What is wrong or missing is asked for by itself, which says which of the two it is.
      return await Promise.all(leaves.map(async ({ cid }, at) => {
        const bytes = found[at];
        return bytes !== undefined && matches(cid, bytes) ? bytes : await block(cid, signal);
      }));
    },
    async fetch(cid, patienceMs, signal) {
      // The cluster peer takes no part in it, and may be the one that is gone.
      if (options.now() - Math.max(verifiedAt, kuboVerifiedAt) > verifiedForMs) {
        await verifyPrivate(kubo, null, options.kuboUrl, signal);
        kuboVerifiedAt = options.now();
      }
      const found = await kubo.fetchBlock(cid, patienceMs, signal);
      if (found === null) return null;
      loose++;
      if (found.good) return found.bytes;
      options.onDamaged?.(cid);
      return null;
    },
    loose: () => loose,
    has: kubo.has,
    mend: (block, signal) =>
      alone(async () => {
        await demandPrivate(signal);
        // A kept block cannot be removed, and one that is there is never written over: its keepers let go for a moment.
        const keepers: CID[] = [];
        for (let keeper = await kubo.keptThrough(block.cid, signal); keeper !== null; keeper = await kubo.keptThrough(block.cid, signal)) {
          if (keepers.length >= keepersLimit) throw fault("IPFS_REFUSED", { what: "Kubo", command: "pin/rm", status: 200 });
          await kubo.release(keeper, signal);
          keepers.push(keeper);
        }
        try {
          await kubo.removeBlock(block.cid, signal);
          await kubo.putBlock(block, signal);
        } finally {
          for (const keeper of keepers) await kubo.pin(keeper, signal);
        }
      }),
    async identity(signal) {
      const { ID } = await kubo.json<{ ID: string }>("id", {}, signal);
      const { id, peers } = await cluster.identity(signal);
      ownPeer = id;
      return { cluster: id, kubo: ID, clusterPeers: peers };
    },
    async close() {
      await Promise.all([kubo.close(), cluster.close()]);
    },
  };
}
