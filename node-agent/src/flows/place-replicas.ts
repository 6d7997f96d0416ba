import { createHash } from "node:crypto";
import { cidOfRoot } from "../dag/block.ts";
import { fault } from "../model/fault.ts";
import type { Digest, MemberId, StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";
import { placeInCluster } from "./place-in-cluster.ts";

const replicaTimeoutMs = 600_000;

/** Other Active hospitals, best first for this root (rendezvous hashing): every agent computes the same order, and a member that joins or leaves moves only its share. */
export function replicaOrder(context: HospitalContext, root: Digest): MemberId[] {
  const weight = (member: MemberId): string => createHash("sha256").update(root).update(String(member)).digest("hex");
  return context.ledgerIndex
    .members()
    .filter((one) => one.id !== context.self.member && one.kind === "hospital" && one.status === "active" && one.profile.endpoint !== "")
    .map((one) => ({ id: one.id, weight: weight(one.id) }))
    .sort((one, two) => (one.weight < two.weight ? -1 : 1))
    .map((one) => one.id);
}

/**
 * Copies kept by agents for one another: asks other hospitals to keep a root until `settings.replicas` copies exist, our own included, or every Active hospital has one. Members that do
 * not answer are passed over for the next in order. Resolves with the holders; throws REPLICAS_UNREACHABLE while there are too few, and is called again.
 */
async function placeAtMembers(context: HospitalContext, study: StudyId, root: Digest): Promise<MemberId[]> {
  const { catalogue, self, settings, log } = context;
  const order = replicaOrder(context, root);
  const wanted = Math.min(settings.replicas - 1, order.length);
  if (wanted < settings.replicas - 1) log.warn("fewer hospitals than copies wanted", { study, hospitals: order.length + 1, replicas: settings.replicas });
  const holders: MemberId[] = [];
  for (const member of order) {
    if (holders.length >= wanted) break;
    try {
      await context.peers.pin(member, study, cidOfRoot(root), AbortSignal.any([context.signal, AbortSignal.timeout(replicaTimeoutMs)]));
      catalogue.putPin({ study, root, owner: self.member, holder: member });
      holders.push(member);
      log.info("replica in place", { study, holder: member });
    } catch (error) {
      log.warn("replica not placed", { study, member }, error);
    }
  }
  if (holders.length < wanted) throw fault("REPLICAS_UNREACHABLE", { have: holders.length + 1, want: wanted + 1 });
  return holders;
}

/** Sees to it that enough institutions keep a root, by the cluster or from agent to agent, whichever this agent is configured for. Resolves with the other holders once there are enough; throws what each throws. */
export async function placeReplicas(context: HospitalContext, study: StudyId, root: Digest): Promise<MemberId[]> {
  return context.cluster === null ? await placeAtMembers(context, study, root) : await placeInCluster(context, context.cluster, study, root);
}
