import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { clusterConfig, clusterIdentity } from "./cluster-config.ts";
import type { Daemon } from "./daemon.ts";
import type { IpfsPrograms } from "./find-engine.ts";
import { kuboConfig } from "./kubo-config.ts";
import type { PeerIdentity } from "./peer-identity.ts";
import { prepareCluster, prepareKubo } from "./prepare.ts";
import { startClusterPeer, startKubo } from "./run.ts";

/** Ports of one member's IPFS on loopback. */
export type IpfsPorts = { readonly swarm: number; readonly rpc: number; readonly cluster: number; readonly rest: number };

/** One member of a consortium on this computer: who it is, where its files are and where it listens. */
export type IpfsSeat = {
  readonly member: number;
  readonly name: string;
  readonly dir: string;
  readonly logDir: string;
  readonly ports: IpfsPorts;
  readonly kubo: PeerIdentity;
  readonly cluster: PeerIdentity;
  readonly restUser: string;
  readonly restPassword: string;
};

/** What all members share, and where the two secrets of the network are: both are known to members only. */
export type IpfsNetwork = { readonly clusterName: string; readonly swarmKey: string; readonly clusterSecret: string; readonly replication: { readonly min: number; readonly max: number } };

/** Secrets of a new network. */
export const newIpfsSecrets = (): { readonly swarmKey: string; readonly clusterSecret: string } => ({
  swarmKey: randomBytes(32).toString("hex"),
  clusterSecret: randomBytes(32).toString("hex"),
});

const tcp = (port: number): string => `/ip4/127.0.0.1/tcp/${port}`;
export const rpcUrlOf = (seat: IpfsSeat): string => `http://127.0.0.1:${seat.ports.rpc}`;
export const restUrlOf = (seat: IpfsSeat): string => `http://127.0.0.1:${seat.ports.rest}`;

/** Writes the files of a member's Kubo and cluster peer, both on loopback; `others` are those it peers with and, unless told otherwise, trusts. */
export async function prepareSeat(programs: IpfsPrograms, network: IpfsNetwork, seat: IpfsSeat, others: readonly IpfsSeat[], trusted: readonly IpfsSeat[] = others): Promise<void> {
  const config = kuboConfig({
    identity: seat.kubo,
    swarm: [tcp(seat.ports.swarm)],
    rpc: tcp(seat.ports.rpc),
    peers: others.map(({ kubo, ports }) => ({ peerId: kubo.peerId, addresses: [tcp(ports.swarm)] })),
    storageMax: "100GB",
  });
  await prepareKubo(join(seat.dir, "kubo"), { ipfs: programs.ipfs, config, swarmKey: network.swarmKey });
  const service = clusterConfig({
    peerName: seat.name,
    clusterName: network.clusterName,
    secret: network.clusterSecret,
    listen: [tcp(seat.ports.cluster)],
    peers: others.map(({ cluster, ports }) => `${tcp(ports.cluster)}/p2p/${cluster.peerId}`),
    trusted: trusted.map(({ cluster }) => cluster.peerId),
    rest: { listen: tcp(seat.ports.rest), user: seat.restUser, password: seat.restPassword },
    kuboRpc: tcp(seat.ports.rpc),
    institution: String(seat.member),
    replication: network.replication,
  });
  await prepareCluster(join(seat.dir, "cluster"), { config: service, identity: clusterIdentity(seat.cluster) });
}

export const runKubo = (programs: IpfsPrograms, seat: IpfsSeat, signal?: AbortSignal): Promise<Daemon> =>
  startKubo({
    name: `${seat.name}, Kubo`,
    ipfs: programs.ipfs,
    dir: join(seat.dir, "kubo"),
    rpcUrl: rpcUrlOf(seat),
    logFile: join(seat.logDir, `${seat.member}-kubo.log`),
    ...(signal === undefined ? {} : { signal }),
  });

export const runClusterPeer = (programs: IpfsPrograms, seat: IpfsSeat, signal?: AbortSignal): Promise<Daemon> =>
  startClusterPeer({
    name: `${seat.name}, cluster peer`,
    clusterService: programs.clusterService,
    dir: join(seat.dir, "cluster"),
    restUrl: restUrlOf(seat),
    logFile: join(seat.logDir, `${seat.member}-cluster.log`),
    ...(signal === undefined ? {} : { signal }),
  });
