import type { CID } from "multiformats/cid";
import { cidOfRoot, isRaw, parseCid } from "../dag/block.ts";
import type { Digest, StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";
import { childrenOf } from "./missing-blocks.ts";

/** Adds the CIDs below a root or object as far as they can be known here; false when an interior node is missing, below which nothing is known. */
export async function reachable(context: HospitalContext, top: CID, into: Map<string, CID>): Promise<boolean> {
  let whole = true;
  const pending = [top];
  for (let cid = pending.pop(); cid !== undefined; cid = pending.pop()) {
    const key = cid.toString();
    if (into.has(key)) continue;
    into.set(key, cid);
    if (isRaw(cid)) continue;
    const bytes = await context.blocks.get(cid);
    if (bytes === null) whole = false;
    else pending.push(...childrenOf(cid, bytes));
  }
  return whole;
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
