import { isIP } from "node:net";
import type { ConsortiumMember } from "../consortium-schema.ts";
import type { AddressPlan } from "./addresses.ts";
import { listsMount, listsOf } from "./besu-service.ts";
import type { Images } from "./images.ts";
import { clusterRestPort, kuboRpcPort } from "./ipfs-services.ts";
import { agentOf, besuOf, clusterOf, hasIpfs, kuboOf, ownNetworkOf, sharedNetwork } from "./names.ts";
import { bound, type ComposeService, hardened, volume } from "./service.ts";

export const agentPorts = { clinical: 8080, peer: 8443, ops: 9464 } as const;
export const dataFolder = "/var/lib/fiducial/data";
const accountsFolder = "/var/lib/fiducial/accounts";
const configFolder = "/etc/fiducial";

export const dataVolume = (member: ConsortiumMember): string => `${agentOf(member)}-data`;
export const accountsVolume = (member: ConsortiumMember): string => `${agentOf(member)}-accounts`;

/** Secrets of an agent: an observer has none. */
export function agentSecrets(member: ConsortiumMember): readonly { readonly source: string; readonly target: string }[] {
  if (member.kind === "observer") return [];
  const agent = agentOf(member);
  return [
    { source: `${agent}-keyring`, target: "/run/secrets/keyring/keyring.sealed" },
    { source: `${agent}-passphrase`, target: "/run/secrets/passphrase" },
    ...(member.nodes.some(hasIpfs) ? [{ source: `${agent}-cluster-password`, target: "/run/secrets/cluster-password" }] : []),
  ];
}

/** What the chain knows once the contracts are deployed. */
export type Deployed = { readonly genesisHash: string; readonly chainId: number; readonly contracts: Readonly<Record<string, string>>; readonly deployedAtBlock: number };

/** Where the other members look for this agent, which they do by the URL in its profile. */
const endpointOf = ({ profile }: ConsortiumMember): { readonly host: string; readonly port: number } => {
  const { hostname, port } = new URL(profile.endpoint);
  return { host: hostname, port: port === "" ? 443 : Number(port) };
};

/**
 * Whether the other members' containers find this agent where its profile says: under a name, which its container then has on the network they share, or at
 * the address that it has there.
 */
export function isFound(member: ConsortiumMember, addresses: AddressPlan): boolean {
  if (member.kind === "observer" || member.nodes.length === 0) return true;
  const { host } = endpointOf(member);
  return !isIP(host.replace(/^\[|\]$/gu, "")) || host === addresses.shared(agentOf(member));
}

/** How a trial differs from a hospital in service. */
export type AgentHabits = { readonly pollMilliseconds?: number; readonly settleSeconds?: number; readonly minFreeBytes?: number };

/**
 * The member's agent's configuration, as a value to be written as YAML: everything of its own is reached on the member's network, the peer listener
 * on the shared one alone. Throws TypeError for a member without a node: its agent has no chain to ask.
 */
export function agentConfig(member: ConsortiumMember, addresses: AddressPlan, deployed: Deployed, habits: AgentHabits = {}): Record<string, unknown> {
  const [node] = member.nodes;
  if (node === undefined) throw new TypeError(`member ${member.id} has no node for its agent`);
  const own = addresses.own(member, agentOf(member));
  const besu = addresses.own(member, besuOf(node));
  const rpc = `http://${besu}:${node.rpcPort}`;
  const withIpfs = member.nodes.find(hasIpfs);
  const cluster =
    withIpfs === undefined || member.kind === "observer"
      ? {}
      : { engine: "cluster", cluster: { kuboUrl: `http://${addresses.own(member, kuboOf(withIpfs))}:${kuboRpcPort}`, url: `http://${addresses.own(member, clusterOf(withIpfs))}:${clusterRestPort}`, user: "agent", passwordFile: "/run/secrets/cluster-password" } };
  return {
    role: member.kind,
    member: member.id,
    name: member.name,
    dataDir: dataFolder,
    ...(member.kind === "hospital" ? { keyring: { dir: "/run/secrets/keyring", passphraseFile: "/run/secrets/passphrase" } } : {}),
    chain: {
      endpoint: rpc,
      chainId: deployed.chainId,
      genesisHash: deployed.genesisHash,
      contracts: deployed.contracts,
      deployedAtBlock: deployed.deployedAtBlock,
      websocket: `ws://${besu}:${node.wsPort}`,
      admin: rpc,
      ...(habits.pollMilliseconds === undefined ? {} : { pollMilliseconds: habits.pollMilliseconds }),
    },
    consortium: { staticNodesFile: listsOf.staticNodes, permissionsFile: listsOf.permissions },
    clinical: { host: own, port: agentPorts.clinical },
    ...(member.kind === "hospital" ? { peer: { host: addresses.shared(agentOf(member)), port: endpointOf(member).port } } : {}),
    ops: { host: own, port: agentPorts.ops },
    storage: { replicas: 2, ...cluster, ...(habits.minFreeBytes === undefined ? {} : { minFreeBytes: habits.minFreeBytes }) },
    ...(habits.settleSeconds === undefined ? {} : { share: { settleSeconds: habits.settleSeconds } }),
    identity: { accountsFile: `${accountsFolder}/accounts.json` },
    log: { level: "info" },
  };
}

/** Ports on this computer's loopback, null for what only containers reach. */
export type AgentPublished = { readonly clinical: number | null; readonly ops: number | null };

export function agentService(input: { readonly member: ConsortiumMember; readonly images: Images; readonly addresses: AddressPlan; readonly published: AgentPublished }): ComposeService {
  const { member, images, addresses, published } = input;
  const own = addresses.own(member, agentOf(member));
  const [node] = member.nodes;
  const ready = `fetch("http://${own}:${agentPorts.ops}/readyz").then((answer)=>process.exit(answer.ok?0:1),()=>process.exit(1))`;
  const ports = [
    ...(published.clinical === null ? [] : [`127.0.0.1:${published.clinical}:${agentPorts.clinical}`]),
    ...(published.ops === null ? [] : [`127.0.0.1:${published.ops}:${agentPorts.ops}`]),
  ];
  const { host } = member.kind === "observer" ? { host: "" } : endpointOf(member);
  const aliases = host === "" || isIP(host.replace(/^\[|\]$/gu, "")) ? {} : { aliases: [host] };
  const withIpfs = member.kind === "observer" ? undefined : member.nodes.find(hasIpfs);
  return hardened({
    image: images.agent,
    user: "10001:10001",
    command: ["agent", "run", "--config", `${configFolder}/agent.yaml`],
    volumes: [bound(`./config/${agentOf(member)}`, configFolder), volume(dataVolume(member), dataFolder), volume(accountsVolume(member), accountsFolder), ...(node === undefined ? [] : [listsMount(node)])],
    secrets: agentSecrets(member),
    ...(ports.length === 0 ? {} : { ports }),
    networks: { [ownNetworkOf(member)]: { ipv4_address: own }, [sharedNetwork]: { ipv4_address: addresses.shared(agentOf(member)), ...aliases } },
    depends_on: {
      ...(node === undefined ? {} : { [besuOf(node)]: { condition: "service_healthy" as const } }),
      ...(withIpfs === undefined ? {} : { [clusterOf(withIpfs)]: { condition: "service_healthy" as const } }),
    },
    healthcheck: { test: ["CMD", "/usr/local/bin/node", "-e", ready], interval: "5s", timeout: "10s", retries: 12, start_period: "120s" },
    // The contracts are deployed on the running chain, and the agents' configuration names them: agents come second.
    profiles: ["agents"],
    restart: "unless-stopped",
    stop_grace_period: "60s",
    limits: { cpus: 2, memoryMegabytes: 2048, pids: 256 },
    tmp: { megabytes: 64, executable: false },
  });
}
