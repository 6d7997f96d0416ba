import type { CID } from "multiformats/cid";
import { cidOfRoot, isRaw, parseCid } from "../dag/block.ts";
import { type Digest, digest, type StudyId } from "../model/ids.ts";
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

/** Roots and objects of unfinished runs: what a share has built and a fetch has begun is in no catalogue yet. */
async function tipsUnderWay(context: HospitalContext): Promise<CID[]> {
  const tips: CID[] = [];
  for (const entry of context.journal.unfinished()) {
    const input = entry.input as { readonly root?: unknown } | null;
    if (entry.flow === "fetchStudy" && typeof input?.root === "string") tips.push(cidOfRoot(digest(input.root)));
    if (entry.flow !== "shareStudy") continue;
    const run = context.journal.open(entry.flow, entry.key, entry.input);
    const never = async (): Promise<never> => Promise.reject(new TypeError("the step is recorded"));
    if (entry.steps.includes("root")) tips.push(cidOfRoot(digest(await run.step<string>("root", never))));
    if (entry.steps.includes("series")) for (const one of await run.step<{ object: string }[]>("series", never)) tips.push(parseCid(one.object));
  }
  return tips;
}

/**
 * Everything here that anything needs: every study, every replica, every run under way. `whole` is false while a part of what is kept cannot be
 * followed: below a damaged node lies what is needed again once the node is restored, so nothing may be deleted.
 */
export async function allNeededBlocks(context: HospitalContext): Promise<{ readonly needed: Map<string, CID>; readonly whole: boolean }> {
  const { catalogue, self } = context;
  const needed = new Map<string, CID>();
  let whole = true;
  for (const study of catalogue.studies()) {
    // A copy on its way is incomplete by nature; what there is of it is followed below, from the run that fetches it.
    if (study.state === "dropped" || study.state === "fetching") continue;
    if (study.root !== null && !(await reachable(context, cidOfRoot(study.root), needed))) whole = false;
    for (const instance of catalogue.instances(study.study)) if (!(await reachable(context, parseCid(instance.object), needed))) whole = false;
  }
  for (const pin of catalogue.pins({ holder: self.member })) if (!(await reachable(context, cidOfRoot(pin.root), needed))) whole = false;
  for (const tip of await tipsUnderWay(context)) await reachable(context, tip, needed);
  return { needed, whole };
}

/** Deletes the blocks below an earlier root of our own that nothing else of its study needs: we sealed its objects afresh, so no other study of ours shares them. */
export async function forgetTree(context: HospitalContext, study: StudyId, root: Digest): Promise<void> {
  const gone = new Map<string, CID>();
  await reachable(context, cidOfRoot(root), gone);
  const needed = await neededBlocks(context, study);
  await context.blocks.deleteMany([...gone].filter(([key]) => !needed.has(key)).map(([, cid]) => cid));
}

/**
 * Deletes the blocks below a root that another member made. Its directories may link to anything, blocks of our own studies included, so only
 * what nothing at all here needs goes; while that cannot be told, everything stays until the next start.
 */
export async function forgetForeignTree(context: HospitalContext, study: StudyId, root: Digest): Promise<void> {
  const gone = new Map<string, CID>();
  await reachable(context, cidOfRoot(root), gone);
  const { needed, whole } = await allNeededBlocks(context);
  if (!whole) {
    context.log.warn("blocks of a study are left until a damaged directory is restored", { study });
    return;
  }
  await context.blocks.deleteMany([...gone].filter(([key]) => !needed.has(key)).map(([, cid]) => cid));
}
