import type { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import { checkCid, isRaw } from "./block.ts";
import { decodeNode, type Get, need } from "./node.ts";

/** Directories in directories, shards and file nodes together; a study needs six. */
const deepest = 24;

/**
 * Every CID below and including `root`, each once, parents before children; leaves are named without being read.
 * Throws BLOCK_MISSING when an interior node is absent, DAG_MALFORMED, BLOCK_UNSUPPORTED.
 */
export async function* walk(root: CID, get: Get): AsyncGenerator<CID, void, undefined> {
  const seen = new Set<string>();
  const pending: { cid: CID; depth: number }[] = [{ cid: root, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { cid, depth } = next;
    checkCid(cid);
    const key = cid.toString();
    if (seen.has(key)) continue;
    seen.add(key);
    yield cid;
    if (isRaw(cid)) continue;
    if (depth >= deepest) throw fault("DAG_MALFORMED", { cid: key, what: "its nodes are nested too deeply" });
    const node = decodeNode(cid, await need(cid, get));
    const children = node.kind === "file" ? node.links.map((link) => link.cid) : node.links.map((link) => link.Hash);
    for (const child of children.reverse()) pending.push({ cid: child, depth: depth + 1 });
  }
}
