import type { CID } from "multiformats/cid";
import { cidOfRoot } from "../dag/block.ts";
import type { ClusterStore, HospitalContext } from "./context.ts";
import { reachable } from "./forget-blocks.ts";

/** Down to this part of the limit, so that not every new study moves an old one. */
const downTo = 0.9;

/**
 * Gives up the folder's copies of own studies, longest untouched first, until the folder is within `folderBytes`. Only what our own Kubo keeps whole,
 * as a registered study, goes: from then on it is read from there. Without a limit nothing goes. Returns how many studies went.
 */
export async function spareFolder(context: HospitalContext, { pinning, folderBytes }: ClusterStore): Promise<number> {
  const { blocks, catalogue, log, signal } = context;
  if (folderBytes === null || blocks.usedBytes === undefined) return 0;
  let used = await blocks.usedBytes();
  if (used <= folderBytes) return 0;
  let spared = 0;
  const studies = catalogue.studies({ states: ["registered"], role: "custodian" }).sort((one, other) => one.touchedAt - other.touchedAt);
  for (const { study, root } of studies) {
    if (used <= folderBytes * downTo || signal.aborted) break;
    if (root === null || !(await pinning.holds(cidOfRoot(root), signal))) continue;
    const below = new Map<string, CID>();
    if (!(await reachable(context, cidOfRoot(root), below))) continue;
    // An instance that arrived after the root was built is in no Kubo yet.
    if (catalogue.study(study)?.state !== "registered") continue;
    await blocks.deleteMany(below.values());
    const now = await blocks.usedBytes();
    if (now < used) spared++;
    used = now;
  }
  if (spared > 0) log.info("studies are kept by Kubo alone from now on", { studies: spared, folderBytes: used });
  return spared;
}
