import type { CID } from "multiformats/cid";
import { cidOfRoot, parseCid } from "../dag/block.ts";
import { digest } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";
import { reachable } from "./forget-blocks.ts";

/** Roots of unfinished runs: what a share has built and a fetch has begun must not be swept away before it is taken up again. */
async function rootsUnderWay(context: HospitalContext): Promise<CID[]> {
  const roots: CID[] = [];
  for (const entry of context.journal.unfinished()) {
    const input = entry.input as { readonly root?: unknown } | null;
    if (entry.flow === "fetchStudy" && typeof input?.root === "string") roots.push(cidOfRoot(digest(input.root)));
    if (entry.flow !== "shareStudy") continue;
    const run = context.journal.open(entry.flow, entry.key, entry.input);
    const never = async (): Promise<never> => Promise.reject(new TypeError("the step is recorded"));
    if (entry.steps.includes("root")) roots.push(cidOfRoot(digest(await run.step<string>("root", never))));
    if (entry.steps.includes("series")) for (const one of await run.step<{ object: string }[]>("series", never)) roots.push(parseCid(one.object));
  }
  return roots;
}

/**
 * Deletes blocks that nothing here needs: what a crash left of uploads never acknowledged, of superseded roots, of dropped copies. To be run once
 * at start, before anything is stored. Nothing goes while a part of what is kept cannot be followed: what lies below a damaged node is still needed once
 * the node is restored. Returns how many blocks went.
 */
export async function sweepBlocks(context: HospitalContext): Promise<number> {
  const { catalogue, self, blocks, log } = context;
  const needed = new Map<string, CID>();
  let whole = true;
  for (const study of catalogue.studies()) {
    if (study.state === "dropped") continue;
    // A copy on its way is incomplete by nature; what there is of it is followed below, from the run that fetches it.
    if (study.state === "fetching") continue;
    if (study.root !== null && !(await reachable(context, cidOfRoot(study.root), needed))) whole = false;
    for (const instance of catalogue.instances(study.study)) if (!(await reachable(context, parseCid(instance.object), needed))) whole = false;
  }
  for (const pin of catalogue.pins({ holder: self.member })) if (!(await reachable(context, cidOfRoot(pin.root), needed))) whole = false;
  for (const root of await rootsUnderWay(context)) await reachable(context, root, needed);
  if (!whole) {
    log.warn("a damaged directory stands in the way of removing blocks of unfinished work", {});
    return 0;
  }
  const gone: CID[] = [];
  for await (const cid of blocks.list()) if (!needed.has(cid.toString())) gone.push(cid);
  await blocks.deleteMany(gone);
  if (gone.length > 0) log.info("blocks of unfinished work removed", { blocks: gone.length });
  return gone.length;
}
