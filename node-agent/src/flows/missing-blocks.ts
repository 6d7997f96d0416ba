import type { CID } from "multiformats/cid";
import { checkCid, isRaw } from "../dag/block.ts";
import { decodeNode } from "../dag/node.ts";
import type { Blocks } from "../ports/blocks.ts";

/** Children of a block, in order; none for a leaf. Throws DAG_MALFORMED. */
export function childrenOf(cid: CID, bytes: Uint8Array): CID[] {
  if (isRaw(cid)) return [];
  const node = decodeNode(cid, bytes);
  return node.kind === "file" ? node.links.map((link) => link.cid) : node.links.map((link) => link.Hash);
}

/** Blocks below `root` that are not here, parents first, without those known to be `here`; what lies below a missing parent is not known yet and not listed. Throws DAG_MALFORMED. */
export async function missingBlocks(blocks: Blocks, root: CID, here: ReadonlySet<string> = new Set()): Promise<CID[]> {
  const seen = new Set<string>();
  const missing: CID[] = [];
  const pending = [root];
  for (let cid = pending.pop(); cid !== undefined; cid = pending.pop()) {
    checkCid(cid);
    const key = cid.toString();
    if (seen.has(key) || here.has(key)) continue;
    seen.add(key);
    if (isRaw(cid)) {
      if (!(await blocks.has(cid))) missing.push(cid);
      continue;
    }
    const bytes = await blocks.get(cid);
    if (bytes === null) missing.push(cid);
    else pending.push(...childrenOf(cid, bytes).reverse());
  }
  return missing;
}
