import type { Drift, Membership, TargetReport } from "../model/membership.ts";
import { followRestarts, type RestartParts } from "./cluster-restart.ts";
import type { ClusterTrust, IpfsAdmin, KeptPeer } from "../ports/ipfs-admin.ts";
import type { MembershipTarget } from "../ports/membership-target.ts";

export type IpfsTargetOptions = {
  readonly admin: IpfsAdmin;
  /** Ports on which members' Kubos and cluster peers listen by convention; the registry names their hosts only. */
  readonly swarmPort: number;
  readonly clusterPort: number;
  readonly clock: RestartParts["clock"];
  readonly pinning: RestartParts["pinning"];
};

type Wanted = { readonly kubos: ReadonlyMap<string, KeptPeer>; readonly clusters: ReadonlyMap<string, string> };

const multiaddr = (host: string, port: number): string => `/${/^\d+\.\d+\.\d+\.\d+$/u.test(host) ? "ip4" : host.includes(":") ? "ip6" : "dns4"}/${host}/tcp/${port}`;

/** Peers of the other Active hospitals, by the registry; a peer id that several list is the one's with the lowest number. */
function wantedBy({ self, members }: Membership, { swarmPort, clusterPort }: IpfsTargetOptions): Wanted {
  const kubos = new Map<string, KeptPeer>();
  const clusters = new Map<string, string>();
  for (const { id, kind, status, nodes } of [...members].sort((one, other) => one.id - other.id)) {
    if (id === self || kind !== "hospital" || status !== "active") continue;
    for (const { host, ipfsPeerId, clusterPeerId } of nodes) {
      if (ipfsPeerId !== "" && !kubos.has(ipfsPeerId)) kubos.set(ipfsPeerId, { peer: ipfsPeerId, addresses: [multiaddr(host, swarmPort)] });
      if (clusterPeerId !== "" && !clusters.has(clusterPeerId)) clusters.set(clusterPeerId, `${multiaddr(host, clusterPort)}/p2p/${clusterPeerId}`);
    }
  }
  return { kubos, clusters };
}

const peerOf = (address: string): string => address.split("/p2p/").at(-1) ?? "";

/** This institution's Kubo and cluster peer as followers of the registry: who Kubo stays connected to, whose pins the cluster peer carries out. */
export function createIpfsTarget(options: IpfsTargetOptions): MembershipTarget {
  const { admin } = options;
  const restarts = followRestarts(options);

  async function followPeering(wanted: Wanted, removals: boolean, report: { drift: Drift[]; done: string[] }): Promise<void> {
    const own = await admin.self();
    const kept = await admin.kept();
    const known = new Set(kept.map(({ peer }) => peer));
    for (const peer of wanted.kubos.values()) {
      if (known.has(peer.peer) || peer.peer === own) continue;
      await admin.keep(peer);
      report.done.push(`Kubo keeps a connection to ${peer.peer}`);
    }
    for (const peer of new Set([...known, ...(await admin.connected())])) {
      if (wanted.kubos.has(peer) || peer === own) continue;
      if (!removals) {
        report.drift.push({ kind: known.has(peer) ? "surplus" : "stranger", subject: peer, detail: "no active hospital has this Kubo; it stays while the chain is not read to its end" });
        continue;
      }
      await admin.dismiss(peer);
      report.done.push(`Kubo lets ${peer} go: no active hospital has it`);
    }
  }

  async function followTrust(wanted: Wanted, removals: boolean, report: { drift: Drift[]; done: string[] }): Promise<ClusterTrust | null> {
    const now = await admin.trust();
    if (now === null) return null;
    // "*" trusts whoever holds the secret: that is never what was decided.
    const kept = removals ? [] : now.trusted.filter((peer) => peer !== "*" && !wanted.clusters.has(peer));
    for (const peer of kept) report.drift.push({ kind: "surplus", subject: peer, detail: "no active hospital has this cluster peer; it is trusted while the chain is not read to its end" });
    const trusted = [...wanted.clusters.keys(), ...kept];
    const addressed = new Set(now.addresses.map(peerOf));
    const addresses = [
      ...now.addresses.filter((address) => trusted.includes(peerOf(address))),
      ...[...wanted.clusters].filter(([peer]) => !addressed.has(peer)).map(([, address]) => address),
    ];
    const same = [...trusted].sort().join() === [...now.trusted].sort().join() && addresses.join() === now.addresses.join();
    if (same) return now;
    // What the running peer has read is written down before its file changes: after a crash in between it is known that it has to start again.
    await restarts.noteBefore(now);
    await admin.writeTrust({ trusted, addresses });
    report.done.push(`the cluster peer's file trusts ${trusted.length} peers`);
    return { trusted, addresses };
  }

  return {
    name: "ipfs",
    async reconcile(membership, { removals }, signal): Promise<TargetReport> {
      const wanted = wantedBy(membership, options);
      const report = { drift: [] as Drift[], done: [] as string[] };
      await followPeering(wanted, removals, report);
      const trust = await followTrust(wanted, removals, report);
      if (trust === null) return { ...report, notes: [] };
      const { done, notes } = await restarts.follow(trust, signal);
      return { ...report, done: [...report.done, ...done], notes };
    },
  };
}
