import { stringify } from "yaml";
import { nodesOf } from "../consortium-file.ts";
import type { ConsortiumMember } from "../consortium-schema.ts";
import type { Genesis } from "../genesis/genesis.ts";
import { agentConfig, type AgentHabits, type Deployed } from "./agent-service.ts";
import { besuFiles } from "./besu-service.ts";
import { composeAddresses, composeFile, type ComposeInput, composeText } from "./compose.ts";
import { agentOf } from "./names.ts";

export type ProjectInput = ComposeInput & {
  readonly genesis: Genesis;
  /** What the agents' configuration names; null while the contracts are not deployed. */
  readonly deployed: Deployed | null;
  readonly habits?: AgentHabits;
};

/** Folder of an agent's configuration beside the compose file. It must be there before any container starts, also while it is empty. */
export const agentFolder = (member: Pick<ConsortiumMember, "id">): string => `config/${agentOf(member)}`;

/**
 * Every file of the compose project that holds no secret, by its path beside compose.yaml: that one, each node's configuration, and with `deployed` each agent's.
 * Throws NETWORK_COMPOSE_IMPOSSIBLE.
 */
export function projectFiles(input: ProjectInput): Readonly<Record<string, string>> {
  const { consortium, ownNetworks, genesis, deployed, habits } = input;
  const addresses = composeAddresses(consortium, ownNetworks);
  const ofNodes = nodesOf(consortium).flatMap(({ member, node }) => Object.entries(besuFiles({ consortium, addresses, member, node, genesis })));
  const ofAgents =
    deployed === null
      ? []
      : consortium.members
          .filter(({ nodes }) => nodes.length > 0)
          .map((member) => [`${agentFolder(member)}/agent.yaml`, `# Written by fiducial network from the consortium file; change that one, not this.\n${stringify(agentConfig(member, addresses, deployed, habits))}`] as const);
  return { "compose.yaml": composeText(composeFile(input)), ...Object.fromEntries(ofNodes), ...Object.fromEntries(ofAgents) };
}
