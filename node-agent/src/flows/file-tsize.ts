import type { CID } from "multiformats/cid";
import { isRaw } from "../dag/block.ts";
import { decodeNode, type Get, need } from "../dag/node.ts";

/** Bytes of all blocks of a file, as its parent directory records them (Tsize). Reads interior nodes only; `size` is the content's length. Throws BLOCK_MISSING. */
export async function fileTsize(cid: CID, size: number, get: Get): Promise<number> {
  if (isRaw(cid)) return size;
  const bytes = await need(cid, get);
  const node = decodeNode(cid, bytes);
  let total = bytes.length;
  if (node.kind === "file") for (const link of node.links) total += await fileTsize(link.cid, link.size, get);
  return total;
}
