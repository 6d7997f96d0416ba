import { cidOfRoot } from "../dag/block.ts";
import type { Digest, StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";

/** Tells members that keep an earlier root of our study, and none of the present one, that they may forget it. A member that does not answer is no longer counted on either way. */
export async function retireReplicas(context: HospitalContext, study: StudyId, present: Digest): Promise<void> {
  const { catalogue, self, peers, signal, log } = context;
  for (const pin of catalogue.pins({ study, owner: self.member })) {
    if (pin.root === present) continue;
    await peers.unpin(pin.holder, study, cidOfRoot(pin.root), signal).catch((error: unknown) => log.warn("replica not told of a new version", { study, member: pin.holder }, error));
    catalogue.deletePin(study, pin.holder);
  }
}
