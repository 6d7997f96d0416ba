import type { MemberId } from "../model/ids.ts";
import type { FlowContext } from "./context.ts";

/**
 * Which Active hospital each cluster peer belongs to, by the registry (`setNodes`). A peer id that several list is the one's with the lowest number, so that nobody
 * counts as two institutions and a later claim takes nothing from an earlier member.
 */
export function clusterPeers(context: FlowContext): Map<string, MemberId> {
  const owners = new Map<string, MemberId>();
  for (const { id, kind, status, nodes } of [...context.ledgerIndex.members()].sort((one, other) => one.id - other.id)) {
    if (kind !== "hospital" || status !== "active") continue;
    for (const { clusterPeerId } of nodes) if (clusterPeerId !== "" && !owners.has(clusterPeerId)) owners.set(clusterPeerId, id);
  }
  return owners;
}
