import type { ConsortiumMember, ConsortiumNode } from "../consortium-schema.ts";

/** Names of a node's services, volumes and secrets in the compose file. */
export const besuOf = (node: ConsortiumNode): string => `${node.name}-besu`;
export const prepareOf = (node: ConsortiumNode): string => `${node.name}-prepare`;
export const kuboOf = (node: ConsortiumNode): string => `${node.name}-kubo`;
export const clusterOf = (node: ConsortiumNode): string => `${node.name}-cluster`;
/** The member's agent. Members are numbered for ever, while display names change. */
export const agentOf = (member: Pick<ConsortiumMember, "id">): string => `member-${member.id}-agent`;
export const ownNetworkOf = (member: ConsortiumMember): string => `member-${member.id}`;
export const sharedNetwork = "consortium";

/** Kubo and cluster peer run beside a node where the consortium file names both of their identities. */
export const hasIpfs = (node: ConsortiumNode): node is ConsortiumNode & { readonly ipfs: NonNullable<ConsortiumNode["ipfs"]>; readonly cluster: NonNullable<ConsortiumNode["cluster"]> } =>
  node.ipfs !== null && node.cluster !== null;

/** Every service of a member that has an address, in the order from which addresses are taken: what is added to a member's end moves nobody. */
export const servicesOf = (member: ConsortiumMember): readonly string[] => [agentOf(member), ...member.nodes.flatMap((node) => [besuOf(node), ...(hasIpfs(node) ? [kuboOf(node), clusterOf(node)] : [])])];
