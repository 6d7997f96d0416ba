import { nodesOf } from "../consortium-file.ts";
import type { Consortium, ConsortiumMember, ConsortiumNode } from "../consortium-schema.ts";
import { clusterConfig, clusterIdentity } from "./cluster-config.ts";
import { kuboConfig } from "./kubo-config.ts";
import type { PeerIdentity } from "./peer-identity.ts";
import { swarmKeyFile } from "./swarm-key.ts";

/** A node beside which the consortium file names a Kubo and a cluster peer. */
export type IpfsNode = ConsortiumNode & { readonly ipfs: NonNullable<ConsortiumNode["ipfs"]>; readonly cluster: NonNullable<ConsortiumNode["cluster"]> };
export const isIpfsNode = (node: ConsortiumNode): node is IpfsNode => node.ipfs !== null && node.cluster !== null;

export type MemberIpfsInput = {
  readonly consortium: Consortium;
  readonly member: ConsortiumMember;
  readonly node: IpfsNode;
  readonly keys: { readonly kubo: PeerIdentity; readonly cluster: PeerIdentity; readonly restPassword: string; readonly swarmKey: string; readonly clusterSecret: string };
  /** Address that the two swarm listeners bind to; RPC and REST stay on loopback. */
  readonly bindHost: string;
  readonly rpcPort: number;
  readonly restPort: number;
  /** Size from which Kubo calls its disk full. */
  readonly storageMax: string;
};

const tcp = (host: string, port: number): string => `/ip4/${host}/tcp/${port}`;
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * The files of a member's own Kubo and cluster peer by name, on a computer of its own: the others are reached where the consortium file has their nodes. Every one of them
 * holds a secret.
 */
export function memberIpfsFiles({ consortium, member, node, keys, bindHost, rpcPort, restPort, storageMax }: MemberIpfsInput): Readonly<Record<string, string>> {
  const all = nodesOf(consortium).flatMap((one) => (isIpfsNode(one.node) ? [{ member: one.member, node: one.node }] : []));
  const others = all.filter((one) => one.node.name !== node.name);
  const hospitals = all.filter((one) => one.member.kind === "hospital").length;
  const announce = (port: number): string[] => [tcp(node.host, port)];
  const kubo = kuboConfig({
    identity: keys.kubo,
    swarm: [tcp(bindHost, node.ipfs.swarmPort)],
    announce: announce(node.ipfs.swarmPort),
    rpc: tcp("127.0.0.1", rpcPort),
    peers: others.map((one) => ({ peerId: one.node.ipfs.peerId, addresses: [tcp(one.node.host, one.node.ipfs.swarmPort)] })),
    storageMax,
  });
  const service = clusterConfig({
    peerName: node.name,
    clusterName: consortium.name,
    secret: keys.clusterSecret,
    listen: [tcp(bindHost, node.cluster.port)],
    announce: announce(node.cluster.port),
    peers: others.map((one) => `${tcp(one.node.host, one.node.cluster.port)}/p2p/${one.node.cluster.peerId}`),
    trusted: others.filter((one) => one.member.kind === "hospital").map((one) => one.node.cluster.peerId),
    rest: { listen: tcp("127.0.0.1", restPort), user: "agent", password: keys.restPassword },
    kuboRpc: tcp("127.0.0.1", rpcPort),
    institution: String(member.id),
    replication: { min: Math.min(2, hospitals), max: Math.min(3, hospitals) },
  });
  return { "kubo.json": json(kubo), "swarm.key": swarmKeyFile(keys.swarmKey), "service.json": json(service), "identity.json": json(clusterIdentity(keys.cluster)) };
}
