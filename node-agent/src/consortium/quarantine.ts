import { endpointOf } from "./enode.ts";
import type { NodeEndpoint, NodePeer } from "../ports/node-admin.ts";

const firstMs = 60_000;
const longestMs = 600_000;

/**
 * Endpoints that strangers use. Besu lets whoever listens on an allowed address in again a second after it was ejected, so a stopped member's address that a stranger
 * took is kept off the list for a while, longer each time; the member gets its chance in between. A member that is connected itself is never kept off.
 */
export type Quarantine = {
  /** Tells the strangers ejected in this round and the peers that are connected. Gives the endpoints newly kept off. */
  told(strangers: readonly NodePeer[], listed: readonly NodeEndpoint[], peers: readonly NodePeer[], nowMs: number): string[];
  present(nowMs: number): Set<string>;
};

export function createQuarantine(): Quarantine {
  const held = new Map<string, { until: number; times: number }>();
  return {
    told(strangers, listed, peers, nowMs) {
      const connected = new Set(peers.map(({ key }) => key));
      const owner = new Map(listed.map((node) => [endpointOf(node), node.key]));
      for (const [endpoint] of [...held]) if (connected.has(owner.get(endpoint) ?? "")) held.delete(endpoint);
      const fresh: string[] = [];
      for (const stranger of strangers) {
        const endpoint = endpointOf(stranger);
        const key = owner.get(endpoint);
        if (key === undefined || connected.has(key)) continue;
        const times = (held.get(endpoint)?.times ?? 0) + 1;
        held.set(endpoint, { times, until: nowMs + Math.min(longestMs, firstMs * 2 ** (times - 1)) });
        fresh.push(endpoint);
      }
      return fresh;
    },
    present: (nowMs) => new Set([...held].filter(([, { until }]) => until > nowMs).map(([endpoint]) => endpoint)),
  };
}
