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

/** Where the trees of everything kept here begin: every study, every replica, every run under way. `whole`: nothing below may be missing. */
async function* tips(context: HospitalContext): AsyncGenerator<{ readonly cid: CID; readonly whole: boolean }, void, undefined> {
  const { catalogue, self } = context;
  for (const study of catalogue.studies()) {
    // A copy on its way is incomplete by nature; what there is of it is followed below, from the run that fetches it.
    if (study.state === "dropped" || study.state === "fetching") continue;
    if (study.root !== null) yield { cid: cidOfRoot(study.root), whole: true };
    // The root of a study at rest has all its instances.
    if (study.root !== null && (study.state === "registered" || study.state === "held")) continue;
    for (const instance of catalogue.instances(study.study)) yield { cid: parseCid(instance.object), whole: true };
  }
  for (const pin of catalogue.pins({ holder: self.member })) yield { cid: cidOfRoot(pin.root), whole: true };
  for (const cid of await tipsUnderWay(context)) yield { cid, whole: false };
}

/**
 * Everything here that anything needs, or null while a part of what is kept cannot be followed: below a damaged node lies what is needed again once
 * the node is restored, so nothing may be deleted.
 */
export async function allNeededBlocks(context: HospitalContext): Promise<Map<string, CID> | null> {
  const needed = new Map<string, CID>();
  for await (const { cid, whole } of tips(context)) if (!(await reachable(context, cid, needed)) && whole) return null;
  return needed;
}

/** Takes from `gone` whatever anything here needs; false as `allNeededBlocks` null. Holds interior nodes only, however much is kept. */
async function spareNeeded(context: HospitalContext, gone: Map<string, CID>): Promise<boolean> {
  const interior = new Set<string>();
  for await (const { cid: top, whole } of tips(context)) {
    const pending = [top];
    for (let cid = pending.pop(); cid !== undefined; cid = pending.pop()) {
      const key = cid.toString();
      gone.delete(key);
      if (isRaw(cid) || interior.has(key)) continue;
      interior.add(key);
      const bytes = await context.blocks.get(cid);
      if (bytes !== null) pending.push(...childrenOf(cid, bytes));
      else if (whole) return false;
    }
    if (gone.size === 0) return true;
  }
  return true;
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
  if (!(await forgetBelow(context, gone))) context.log.warn("blocks of a study are left until a damaged directory is restored", { study });
}

/** Deletes those of `gone` that nothing at all here needs (and takes the others out of it); false, and nothing deleted, while that cannot be told. */
export async function forgetBelow(context: HospitalContext, gone: Map<string, CID>): Promise<boolean> {
  if (!(await spareNeeded(context, gone))) return false;
  await context.blocks.deleteMany(gone.values());
  return true;
}
