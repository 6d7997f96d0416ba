import { cidOfRoot } from "../dag/block.ts";
import type { Digest, StudyId } from "../model/ids.ts";
import type { ClusterStore, HospitalContext } from "./context.ts";

/** Takes a root of ours off the cluster's list and out of our own Kubo. The others' agents give it up once the chain no longer names it. */
async function retireInCluster(context: HospitalContext, { pinning }: ClusterStore, study: StudyId, root: Digest): Promise<void> {
  const { signal, log } = context;
  try {
    await pinning.unpin(cidOfRoot(root), signal);
    await pinning.release(cidOfRoot(root), signal);
  } catch (error) {
    signal.throwIfAborted();
    log.warn("an earlier root is given up later", { study }, error);
  }
}

/**
 * Tells whoever keeps an earlier root of our study (`old` among them, where it is known), and none of the present one, that they may forget it; with `present` null, all of them. A member that
 * does not answer is no longer counted on either way.
 */
export async function retireReplicas(context: HospitalContext, study: StudyId, present: Digest | null, old: Digest | null = null): Promise<void> {
  const { catalogue, self, peers, signal, log, cluster } = context;
  const rows = catalogue.pins({ study, owner: self.member }).filter((pin) => pin.root !== present);
  if (cluster !== null) {
    const roots = new Set([...rows.map(({ root }) => root), ...(old === null || old === present ? [] : [old])]);
    for (const root of roots) await retireInCluster(context, cluster, study, root);
    for (const { holder } of rows) catalogue.deletePin(study, holder);
    return;
  }
  for (const pin of rows) {
    await peers.unpin(pin.holder, study, cidOfRoot(pin.root), signal).catch((error: unknown) => log.warn("replica not told that it may forget", { study, member: pin.holder }, error));
    catalogue.deletePin(study, pin.holder);
  }
}
