import type { Consortium, ConsortiumMember, ConsortiumNode } from "../consortium-schema.ts";
import { nodesOf } from "../consortium-file.ts";
import { clusterConfig, clusterIdentity } from "../ipfs/cluster-config.ts";
import { kuboConfig } from "../ipfs/kubo-config.ts";
import type { PeerIdentity } from "../ipfs/peer-identity.ts";
import { kuboEnvironment, swarmKeyFile } from "../ipfs/swarm-key.ts";
import type { AddressPlan } from "./addresses.ts";
import type { Images } from "./images.ts";
import { clusterOf, hasIpfs, kuboOf, ownNetworkOf, sharedNetwork } from "./names.ts";
import { type ComposeService, hardened, volume } from "./service.ts";

/** The user of both official images. */
const user = "1000:100";
export const kuboRpcPort = 5001;
export const clusterRestPort = 9094;
const kuboFolder = "/data/ipfs";
const clusterFolder = "/data/ipfs-cluster";
/** Names of the secret files as the containers see them under /run/secrets. */
const files = { kubo: "kubo.json", swarmKey: "swarm.key", service: "service.json", identity: "identity.json" } as const;

type IpfsNode = ConsortiumNode & { readonly ipfs: NonNullable<ConsortiumNode["ipfs"]>; readonly cluster: NonNullable<ConsortiumNode["cluster"]> };
export type IpfsInput = { readonly consortium: Consortium; readonly images: Images; readonly addresses: AddressPlan; readonly member: ConsortiumMember; readonly node: IpfsNode };

const ipfsNodes = (consortium: Consortium): { readonly member: ConsortiumMember; readonly node: IpfsNode }[] => nodesOf(consortium).flatMap(({ member, node }) => (hasIpfs(node) ? [{ member, node }] : []));
const tcp = (address: string, port: number): string => `/ip4/${address}/tcp/${port}`;

export const kuboSecrets = (node: ConsortiumNode): readonly string[] => [`${kuboOf(node)}-config`, `${kuboOf(node)}-swarm-key`];
export const clusterSecrets = (node: ConsortiumNode): readonly string[] => [`${clusterOf(node)}-service`, `${clusterOf(node)}-identity`];

/** What only this member has, and what all members share. */
export type IpfsKeys = { readonly kubo: PeerIdentity; readonly cluster: PeerIdentity; readonly restPassword: string; readonly swarmKey: string; readonly clusterSecret: string };

/** The texts of a node's secret files for Kubo and cluster peer, by the name of the secret. Both configurations hold private keys. */
export function ipfsSecretTexts({ consortium, addresses, member, node }: Omit<IpfsInput, "images">, keys: IpfsKeys): Record<string, string> {
  const others = ipfsNodes(consortium).filter((one) => one.node.name !== node.name);
  const rpc = tcp(addresses.own(member, kuboOf(node)), kuboRpcPort);
  const kubo = kuboConfig({
    identity: keys.kubo,
    swarm: [tcp(addresses.shared(kuboOf(node)), node.ipfs.swarmPort)],
    rpc,
    peers: others.map((one) => ({ peerId: one.node.ipfs.peerId, addresses: [tcp(addresses.shared(kuboOf(one.node)), one.node.ipfs.swarmPort)] })),
    storageMax: "100GB",
  });
  const hospitals = ipfsNodes(consortium).filter((one) => one.member.kind === "hospital");
  const service = clusterConfig({
    peerName: node.name,
    clusterName: consortium.name,
    secret: keys.clusterSecret,
    listen: [tcp(addresses.shared(clusterOf(node)), node.cluster.port)],
    peers: others.map((one) => `${tcp(addresses.shared(clusterOf(one.node)), one.node.cluster.port)}/p2p/${one.node.cluster.peerId}`),
    trusted: others.filter((one) => one.member.kind === "hospital").map((one) => one.node.cluster.peerId),
    rest: { listen: tcp(addresses.own(member, clusterOf(node)), clusterRestPort), user: "agent", password: keys.restPassword },
    kuboRpc: rpc,
    institution: String(member.id),
    replication: { min: Math.min(2, hospitals.length), max: Math.min(3, hospitals.length) },
  });
  const [kuboFile = "", swarmFile = ""] = kuboSecrets(node);
  const [serviceFile = "", identityFile = ""] = clusterSecrets(node);
  return {
    [kuboFile]: `${JSON.stringify(kubo, null, 2)}\n`,
    [swarmFile]: swarmKeyFile(keys.swarmKey),
    [serviceFile]: `${JSON.stringify(service, null, 2)}\n`,
    [identityFile]: `${JSON.stringify(clusterIdentity(keys.cluster), null, 2)}\n`,
  };
}

/**
 * Makes the repository on the first start, brings configuration and key up to date on every one, and never lets an old repository be migrated unasked.
 * `-f`, because the copies are read-only like the secrets: a later start replaces them.
 */
const startKubo = `set -eu; umask 077; [ -e "$$IPFS_PATH/version" ] || ipfs init --empty-repo /run/secrets/${files.kubo}; cp -f /run/secrets/${files.kubo} "$$IPFS_PATH/config"; cp -f /run/secrets/${files.swarmKey} "$$IPFS_PATH/swarm.key"; exec ipfs daemon --migrate=false`;

export function kuboService({ images, addresses, member, node }: IpfsInput): ComposeService {
  const own = addresses.own(member, kuboOf(node));
  const [config = "", swarmKey = ""] = kuboSecrets(node);
  return hardened({
    image: images.kubo,
    user,
    entrypoint: ["/bin/sh", "-c", startKubo],
    command: [],
    environment: { ...kuboEnvironment, IPFS_PATH: kuboFolder, HOME: "/tmp" },
    volumes: [volume(kuboOf(node), kuboFolder)],
    secrets: [
      { source: config, target: files.kubo },
      { source: swarmKey, target: files.swarmKey },
    ],
    networks: { [ownNetworkOf(member)]: { ipv4_address: own }, [sharedNetwork]: { ipv4_address: addresses.shared(kuboOf(node)) } },
    healthcheck: { test: ["CMD", "ipfs", `--api=${tcp(own, kuboRpcPort)}`, "id", "--format=<id>"], interval: "10s", timeout: "10s", retries: 6, start_period: "60s" },
    restart: "unless-stopped",
    stop_grace_period: "30s",
    limits: { cpus: 2, memoryMegabytes: 1024, pids: 512 },
    tmp: { megabytes: 64, executable: false },
  });
}

const startCluster = `set -eu; umask 077; cp -f /run/secrets/${files.service} "$$IPFS_CLUSTER_PATH/service.json"; cp -f /run/secrets/${files.identity} "$$IPFS_CLUSTER_PATH/identity.json"; exec ipfs-cluster-service daemon`;

export function clusterService({ images, addresses, member, node }: IpfsInput): ComposeService {
  const own = addresses.own(member, clusterOf(node));
  const [service = "", identity = ""] = clusterSecrets(node);
  return hardened({
    image: images.cluster,
    user,
    entrypoint: ["/bin/sh", "-c", startCluster],
    command: [],
    environment: { IPFS_CLUSTER_PATH: clusterFolder, CLUSTER_LOG_LEVEL: "warn", GOLOG_LOG_LEVEL: "warn", HOME: "/tmp" },
    volumes: [volume(clusterOf(node), clusterFolder)],
    secrets: [
      { source: service, target: files.service },
      { source: identity, target: files.identity },
    ],
    networks: { [ownNetworkOf(member)]: { ipv4_address: own }, [sharedNetwork]: { ipv4_address: addresses.shared(clusterOf(node)) } },
    depends_on: { [kuboOf(node)]: { condition: "service_healthy" } },
    // Answers 204 without credentials.
    healthcheck: { test: ["CMD", "wget", "-q", "-O", "/dev/null", `http://${own}:${clusterRestPort}/health`], interval: "10s", timeout: "10s", retries: 6, start_period: "60s" },
    restart: "unless-stopped",
    stop_grace_period: "30s",
    limits: { cpus: 1, memoryMegabytes: 512, pids: 512 },
    tmp: { megabytes: 64, executable: false },
  });
}
