import type { CID } from "multiformats/cid";
import type { HospitalContext } from "./context.ts";
import { allNeededBlocks } from "./forget-blocks.ts";

/**
 * Deletes blocks that nothing here needs: what a crash left of uploads never acknowledged, of superseded roots, of dropped copies. To be run once
 * at start, before anything is stored. Nothing goes while a part of what is kept cannot be followed: what lies below a damaged node is still needed once
 * the node is restored. Returns how many blocks went.
 */
export async function sweepBlocks(context: HospitalContext): Promise<number> {
  const { blocks, log } = context;
  const needed = await allNeededBlocks(context);
  if (needed === null) {
    log.warn("a damaged directory stands in the way of removing blocks of unfinished work", {});
    return 0;
  }
  const gone: CID[] = [];
  for await (const cid of blocks.list()) if (!needed.has(cid.toString())) gone.push(cid);
  await blocks.deleteMany(gone);
  if (gone.length > 0) log.info("blocks of unfinished work removed", { blocks: gone.length });
  return gone.length;
}
