import { fault } from "../../node-agent/src/model/fault.ts";
import { type Finding, finding } from "./finding.ts";
import { lintNode } from "./lint.ts";
import { readNodeConfiguration } from "./read-node.ts";

/** A finding as people read it. */
export const findingText = ({ rule, message }: Finding): string => `${rule}: ${message}`;

/**
 * Looks at a node's configuration (`config` is its --config-file) before the node is started: Besu gives one reason at a time, after seconds of Java, and changes
 * some settings without a word. Gives what is merely risky. Throws NETWORK_NODE_CONFIG with everything that Besu would refuse or change; `node` names it there.
 */
export async function checkNode(node: string, config: string): Promise<Finding[]> {
  const findings = await readNodeConfiguration(config).then(lintNode, (error: unknown): Finding[] => {
    if (!(error instanceof TypeError)) throw error;
    return [finding("config-form", "refused", error.message)];
  });
  const bad = findings.filter(({ severity }) => severity !== "risky");
  if (bad.length > 0) throw fault("NETWORK_NODE_CONFIG", { node, findings: bad.map(findingText) });
  return findings;
}
