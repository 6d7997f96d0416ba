import { type Finding, finding, type NodeConfiguration } from "./finding.ts";
import { genesisFindings } from "./genesis.ts";
import { optionFindings } from "./options.ts";
import { peerFindings } from "./peers.ts";

/** What goes wrong only between options and genesis. */
function* acrossFindings({ options, genesis }: NodeConfiguration): Generator<Finding> {
  const { config } = (typeof genesis === "object" && genesis !== null ? genesis : {}) as { readonly config?: { readonly chainId?: number } };
  const id = options["network-id"];
  if (id !== undefined && config?.chainId !== undefined && Number(id) !== config.chainId) yield finding("network-id", "risky", `network-id ${String(id)} is not the chain id ${config.chainId}: peers with the default refuse each other`);
}

/** Everything that the pinned Besu would refuse or silently change in this configuration, and what a consortium would regret; empty when all is well. */
export function lintNode(configuration: NodeConfiguration): Finding[] {
  return [...optionFindings(configuration.options), ...peerFindings(configuration), ...genesisFindings(configuration.genesis, configuration.before), ...acrossFindings(configuration)];
}
