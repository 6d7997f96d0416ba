import type { CID } from "multiformats/cid";
import { cidOfRoot, parseCid } from "../dag/block.ts";
import { walk } from "../dag/walk.ts";
import { isFault } from "../model/fault.ts";
import type { Digest, StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";

/** CIDs below a root or object as far as they can be walked here; a missing interior node ends that branch. */
export async function reachable(context: HospitalContext, top: CID, into: Map<string, CID>): Promise<void> {
  try {
    for await (const cid of walk(top, (one) => context.blocks.get(one))) into.set(cid.toString(), cid);
  } catch (error) {
    if (!isFault(error, "BLOCK_MISSING")) throw error;
  }
}

/** Everything here that belongs to a study and is still needed: its current root, its instances' objects, what is kept for others. */
export async function neededBlocks(context: HospitalContext, study: StudyId): Promise<Map<string, CID>> {
  const needed = new Map<string, CID>();
  const { catalogue, self } = context;
  const record = catalogue.study(study);
  if (record !== null && record.state !== "dropped") {
    if (record.root !== null) await reachable(context, cidOfRoot(record.root), needed);
    for (const instance of catalogue.instances(study)) await reachable(context, parseCid(instance.object), needed);
  }
  for (const pin of catalogue.pins({ study, holder: self.member })) await reachable(context, cidOfRoot(pin.root), needed);
  return needed;
}

/** Deletes the blocks below a root that nothing else of its study needs. Objects are sealed afresh for each study, so no other study can share them. */
export async function forgetTree(context: HospitalContext, study: StudyId, root: Digest): Promise<void> {
  const gone = new Map<string, CID>();
  await reachable(context, cidOfRoot(root), gone);
  const needed = await neededBlocks(context, study);
  await context.blocks.deleteMany([...gone].filter(([key]) => !needed.has(key)).map(([, cid]) => cid));
}
