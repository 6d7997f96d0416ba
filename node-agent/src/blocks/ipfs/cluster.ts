import { CID } from "multiformats/cid";
import { Fault } from "../../model/fault.ts";
import type { Copies, PeerPin, PinStatus } from "../../ports/pinning.ts";
import { connectDaemon, jsonLines } from "./http.ts";

type PinInfo = { readonly cid: string; readonly peer_map?: Readonly<Record<string, { readonly status: string; readonly timestamp: string }>> };

/** IPFS Cluster's words for what a peer does with a pin, as this agent needs them. */
const states: Readonly<Record<string, PeerPin["state"]>> = {
  pinned: "pinned",
  pinning: "under way",
  pin_queued: "under way",
  remote: "elsewhere",
  unpinned: "elsewhere",
  unpinning: "elsewhere",
  unpin_queued: "elsewhere",
  unpin_error: "elsewhere",
  sharded: "elsewhere",
};
const trouble = "cluster_error,pin_error,pin_queued,pinning,unexpectedly_unpinned";

function peersOf(info: PinInfo): PeerPin[] {
  return Object.entries(info.peer_map ?? {}).map(([peer, { status, timestamp }]) => {
    const since = Date.parse(timestamp);
    return { peer, state: states[status] ?? "failed", since: Number.isNaN(since) ? 0 : Math.max(0, since) };
  });
}

export type ClusterPeer = ReturnType<typeof connectClusterPeer>;

/** The REST API of this institution's own cluster peer (IPFS Cluster 1.1). Throws IPFS_UNREACHABLE, IPFS_REFUSED. */
export function connectClusterPeer(options: { readonly url: string; readonly user: string; readonly password: string }) {
  const authorization = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString("base64")}`;
  const what = "the cluster peer";
  const daemon = connectDaemon({ what, url: options.url, connections: 8, headers: { authorization } });
  const stranger = connectDaemon({ what, url: options.url, connections: 1 });
  return {
    async identity(signal: AbortSignal): Promise<{ readonly id: string; readonly peers: readonly string[] }> {
      const { id, cluster_peers } = await daemon.json<{ id: string; cluster_peers: string[] | null }>({ method: "GET", path: "/id", signal });
      return { id, peers: cluster_peers ?? [] };
    },
    /** Whether somebody without the password is refused. */
    async closed(signal: AbortSignal): Promise<boolean> {
      try {
        const body = await stranger.ask({ method: "GET", path: "/id", signal });
        await body.dump();
        return false;
      } catch (error) {
        if (error instanceof Fault && error.code === "IPFS_REFUSED") return true;
        throw error;
      }
    },
    async pin(root: CID, copies: Copies, first: string, signal: AbortSignal): Promise<void> {
      // No name and no metadata: both would be copied to every peer.
      const query = new URLSearchParams({ "replication-min": String(copies.min), "replication-max": String(copies.max), "user-allocations": first });
      const body = await daemon.ask({ method: "POST", path: `/pins/${root.toString()}?${query.toString()}`, signal });
      await body.dump();
    },
    async unpin(root: CID, signal: AbortSignal): Promise<void> {
      const body = await daemon.ask({ method: "DELETE", path: `/pins/${root.toString()}`, signal, also: [404] });
      await body.dump();
    },
    async status(root: CID, signal: AbortSignal): Promise<PeerPin[]> {
      const peers = peersOf(await daemon.json<PinInfo>({ method: "GET", path: `/pins/${root.toString()}`, signal }));
      return peers.every(({ state }) => state === "elsewhere") ? [] : peers;
    },
    async recover(root: CID, signal: AbortSignal): Promise<void> {
      const body = await daemon.ask({ method: "POST", path: `/pins/${root.toString()}/recover`, signal });
      await body.dump();
    },
    async troubled(signal: AbortSignal): Promise<PinStatus[]> {
      const body = await daemon.ask({ method: "GET", path: `/pins?filter=${trouble}`, signal, also: [204] });
      const found: PinStatus[] = [];
      for await (const info of jsonLines<PinInfo>(body)) found.push({ root: CID.parse(info.cid), peers: peersOf(info) });
      return found;
    },
    async able(signal: AbortSignal): Promise<string[]> {
      const metrics = await daemon.json<{ peer: string; valid: boolean }[] | null>({ method: "GET", path: "/monitor/metrics/freespace", signal });
      return (metrics ?? []).filter(({ valid }) => valid).map(({ peer }) => peer);
    },
    async allocations(root: CID, signal: AbortSignal): Promise<string[] | null> {
      const body = await daemon.ask({ method: "GET", path: `/allocations/${root.toString()}`, signal, also: [404] });
      const answer = (await body.json()) as { readonly allocations?: string[] | null; readonly code?: number };
      return answer.code === 404 ? null : (answer.allocations ?? []);
    },
    async close(): Promise<void> {
      await Promise.all([daemon.close(), stranger.close()]);
    },
  };
}
