import { stringify } from "yaml";
import { fault } from "../../node-agent/src/model/fault.ts";
import { nodesOf } from "../consortium-file.ts";
import type { Consortium, ConsortiumMember, ConsortiumNode } from "../consortium-schema.ts";
import { type AddressPlan, planAddresses } from "./addresses.ts";
import { accountsVolume, type AgentPublished, agentSecrets, agentService, dataVolume } from "./agent-service.ts";
import { besuService, listsVolume, prepareService } from "./besu-service.ts";
import { clusterSecrets, clusterService, kuboSecrets, kuboService } from "./ipfs-services.ts";
import { agentOf, besuOf, clusterOf, hasIpfs, kuboOf, ownNetworkOf, prepareOf, servicesOf, sharedNetwork } from "./names.ts";
import type { ComposeService } from "./service.ts";

/** Which ports of this computer's loopback lead into the containers; everything else is reached by containers only. */
export type Published = {
  readonly agent: (member: ConsortiumMember) => AgentPublished;
  readonly rpc: (node: ConsortiumNode) => number | null;
};

export type ComposeInput = {
  /** With images. */
  readonly consortium: Consortium;
  /** Name of the compose project: what containers, networks and volumes are called after. */
  readonly project: string;
  readonly published: Published;
  /** Java heap of each Besu, MB; 2048 unless given. */
  readonly heapMegabytes?: number;
  /** A /16 for the members' own networks; 10.213.0.0 unless given. */
  readonly ownNetworks?: string;
};

type ComposeNetwork = { readonly internal?: true; readonly ipam: { readonly config: readonly { readonly subnet: string; readonly gateway: string }[] } };

/** A compose file (compose-spec), as a value. */
export type ComposeFile = {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, ComposeNetwork>>;
  readonly volumes: Readonly<Record<string, Record<string, never>>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};

/** Addresses of the containers of this consortium. */
export const composeAddresses = (consortium: Consortium, ownNetworks?: string): AddressPlan => planAddresses(consortium, servicesOf, ownNetworks);

/**
 * Where nobody is published: for tools on this computer that speak through `docker compose exec`.
 */
export const nothingPublished: Published = { agent: () => ({ clinical: null, ops: null }), rpc: () => null };

/** Who owns a secret's file: the user of the one container that reads it. */
export type SecretOwner = "10001:10001" | "1000:100";

/** Every secret file beside the compose file (`secrets/NAME`) with the numeric owner it needs; its mode is 0400. */
export function secretFiles({ members }: Consortium): { readonly name: string; readonly owner: SecretOwner }[] {
  return members.flatMap((member) => [
    ...agentSecrets(member).map(({ source }) => ({ name: source, owner: "10001:10001" as const })),
    ...member.nodes.map((node) => ({ name: besuOf(node), owner: "10001:10001" as const })),
    ...member.nodes.filter(hasIpfs).flatMap((node) => [...kuboSecrets(node), ...clusterSecrets(node)].map((name) => ({ name, owner: "1000:100" as const }))),
  ]);
}

/**
 * The whole consortium on one computer: for every node Besu and, where the file names their identities, Kubo and a cluster peer; for every member its
 * agent (profile `agents`). Each member has a network of its own, on which administration happens; on the network that all share there are only
 * what members show one another: peer-to-peer ports and the agents' mutual TLS, and no way out. Throws NETWORK_COMPOSE_IMPOSSIBLE.
 */
export function composeFile({ consortium, project, published, heapMegabytes = 2048, ownNetworks }: ComposeInput): ComposeFile {
  const { images, members } = consortium;
  if (images === null) throw fault("NETWORK_COMPOSE_IMPOSSIBLE", { why: "it names no images; give besu, kubo, cluster and agent under images, each by digest" });
  const addresses = composeAddresses(consortium, ownNetworks);
  const ofNode = (member: ConsortiumMember, node: ConsortiumNode): [string, ComposeService][] => {
    const input = { consortium, images, addresses, member, node, heapMegabytes, rpc: published.rpc(node) };
    return [
      [prepareOf(node), prepareService(input)],
      [besuOf(node), besuService(input)],
      ...(hasIpfs(node) ? ([[kuboOf(node), kuboService({ ...input, node })], [clusterOf(node), clusterService({ ...input, node })]] satisfies [string, ComposeService][]) : []),
    ];
  };
  const services = members.flatMap((member) => [
    ...member.nodes.flatMap((node) => ofNode(member, node)),
    ...(member.nodes.length === 0 ? [] : [[agentOf(member), agentService({ member, images, addresses, published: published.agent(member) })] satisfies [string, ComposeService]]),
  ]);
  const withNodes = members.filter(({ nodes }) => nodes.length > 0);
  const volumes = [
    ...withNodes.flatMap((member) => [dataVolume(member), accountsVolume(member)]),
    ...nodesOf(consortium).flatMap(({ node }) => [besuOf(node), listsVolume(node), ...(hasIpfs(node) ? [kuboOf(node), clusterOf(node)] : [])]),
  ];
  const ipam = ({ subnet, gateway }: { readonly subnet: string; readonly gateway: string }) => ({ config: [{ subnet, gateway }] });
  return {
    name: project,
    services: Object.fromEntries(services),
    networks: {
      [sharedNetwork]: { internal: true, ipam: ipam(addresses.consortium) },
      ...Object.fromEntries(withNodes.map((member) => [ownNetworkOf(member), { ipam: ipam(addresses.ofMember(member)) }])),
    },
    volumes: Object.fromEntries(volumes.map((name) => [name, {}])),
    secrets: Object.fromEntries(secretFiles({ ...consortium, members: withNodes }).map(({ name }) => [name, { file: `./secrets/${name}` }])),
  };
}

/** The same as text. */
export const composeText = (file: ComposeFile): string => `# Written by fiducial network from the consortium file; change that one, not this.\n${stringify(file, { aliasDuplicateObjects: false, lineWidth: 0 })}`;
