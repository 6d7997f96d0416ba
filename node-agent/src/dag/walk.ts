import type { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import type { Block } from "../ports/blocks.ts";
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

/** Blocks read ahead of the one being given out. */
const ahead = 4;

/**
 * Every block below and including `root`, parents before children, as a CAR of the DAG wants them. `get` must verify.
 * Throws BLOCK_MISSING for any absent block, leaves included, and what `walk` throws.
 */
export async function* blocksBelow(root: CID, get: Get): AsyncGenerator<Block, void, undefined> {
  const waiting: { cid: CID; bytes: Promise<Uint8Array> }[] = [];
  // Interior nodes are asked for twice in a row, by the walk and for the answer: the last ones are kept.
  const recent = new Map<string, Promise<Uint8Array>>();
  const once = (cid: CID): Promise<Uint8Array> => {
    const key = cid.toString();
    const known = recent.get(key);
    if (known !== undefined) return known;
    const bytes = need(cid, get);
    bytes.catch(() => undefined);
    if (!isRaw(cid)) recent.set(key, bytes);
    if (recent.size > 2 * ahead) for (const oldest of [...recent.keys()].slice(0, ahead)) recent.delete(oldest);
    return bytes;
  };
  for await (const cid of walk(root, once)) {
    waiting.push({ cid, bytes: once(cid) });
    const first = waiting.length > ahead ? waiting.shift() : undefined;
    if (first !== undefined) yield { cid: first.cid, bytes: await first.bytes };
  }
  for (const { cid, bytes } of waiting) yield { cid, bytes: await bytes };
}
