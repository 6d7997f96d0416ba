import type { CID } from "multiformats/cid";
import { fault } from "../model/fault.ts";
import { checkCid, isRaw } from "./block.ts";
import { decodeNode, type Get, need } from "./node.ts";

/** 1024 links a node: four levels reach a pebibyte. Deeper is an attack on the stack. */
const deepest = 6;
/** Leaves asked for ahead of the one being given out: hides one disk or network turn each without holding much. */
const ahead = 3;

type Leaf = { readonly cid: CID; readonly offset: number; readonly size: number | null };

const malformed = (cid: CID, what: string): Error => fault("DAG_MALFORMED", { cid: cid.toString(), what });

/** Leaves that overlap [start, end), in order; interior nodes outside it are not read. */
async function* leavesIn(cid: CID, get: Get, span: { start: number; end: number; at: number; size: number | null; depth: number }): AsyncGenerator<Leaf | Uint8Array, void, undefined> {
  checkCid(cid);
  if (isRaw(cid)) {
    yield { cid, offset: span.at, size: span.size };
    return;
  }
  if (span.depth >= deepest) throw malformed(cid, "its nodes are nested too deeply");
  const node = decodeNode(cid, await need(cid, get));
  if (node.kind !== "file") throw malformed(cid, "it is a directory, not a file");
  if (span.size !== null && node.size !== span.size) throw malformed(cid, "its size is not the one its parent gives");
  if (node.data.length > 0) {
    if (node.links.length > 0) throw malformed(cid, "it holds both data and links");
    const from = Math.max(0, span.start - span.at);
    yield node.data.subarray(from, Math.max(from, span.end - span.at));
  }
  let at = span.at;
  for (const link of node.links) {
    if (at < span.end && at + link.size > span.start) yield* leavesIn(link.cid, get, { ...span, at, size: link.size, depth: span.depth + 1 });
    at += link.size;
  }
}

async function* read(cid: CID, get: Get, start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
  const waiting: { leaf: Leaf; bytes: Promise<Uint8Array> }[] = [];
  const cut = async ({ leaf, bytes: promise }: { leaf: Leaf; bytes: Promise<Uint8Array> }): Promise<Uint8Array> => {
    const bytes = await promise;
    if (leaf.size !== null && bytes.length !== leaf.size) throw malformed(leaf.cid, "its size is not the one its parent gives");
    const from = Math.max(0, start - leaf.offset);
    return bytes.subarray(from, Math.max(from, end - leaf.offset));
  };
  for await (const leaf of leavesIn(cid, get, { start, end, at: 0, size: null, depth: 0 })) {
    if (leaf instanceof Uint8Array) {
      yield leaf;
      continue;
    }
    const bytes = need(leaf.cid, get);
    // A failure is reported when its turn comes; until then it must not count as unhandled.
    bytes.catch(() => undefined);
    waiting.push({ leaf, bytes });
    const first = waiting.length > ahead ? waiting.shift() : undefined;
    if (first !== undefined) yield await cut(first);
  }
  for (const one of waiting) yield await cut(one);
}

/** A file's content, block by block in order. `get` must verify. Throws BLOCK_MISSING, DAG_MALFORMED, BLOCK_UNSUPPORTED. */
export const catFile = (cid: CID, get: Get): AsyncGenerator<Uint8Array, void, undefined> => read(cid, get, 0, Number.POSITIVE_INFINITY);

/** A file's content length in bytes, from its root node alone (from the block itself when it is a single leaf). */
export async function fileSize(cid: CID, get: Get): Promise<number> {
  checkCid(cid);
  const bytes = await need(cid, get);
  if (isRaw(cid)) return bytes.length;
  const node = decodeNode(cid, bytes);
  if (node.kind !== "file") throw malformed(cid, "it is a directory, not a file");
  return node.size;
}

/** Content bytes [start, end) of a file, reading only the blocks that hold them. Throws DAG_RANGE beside what `catFile` throws. */
export async function* catRange(cid: CID, range: { readonly start: number; readonly end: number }, get: Get): AsyncGenerator<Uint8Array, void, undefined> {
  const { start, end } = range;
  const size = await fileSize(cid, get);
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end || end > size) throw fault("DAG_RANGE", { start, end, size });
  if (start < end) yield* read(cid, get, start, end);
}

/** Random access to a file by offset, for readers that come back: `read` gives fewer than `length` bytes only at the end. */
export type FileReader = { readonly size: number; read(offset: number, length: number): Promise<Buffer> };

/** Leaves kept for the next read: a sealed chunk often begins in the leaf the last one ended in. */
const keptLeaves = 2;

/** Opens a file for random access: interior nodes are read and verified once, the last leaves are kept. Fits `rangeReader` of the envelope. */
export async function fileReader(cid: CID, get: Get): Promise<FileReader> {
  const nodes = new Map<string, Promise<Uint8Array | null>>();
  const leaves = new Map<string, Promise<Uint8Array | null>>();
  const kept: Get = (one) => {
    const cache = isRaw(one) ? leaves : nodes;
    const key = one.toString();
    const bytes = cache.get(key) ?? get(one);
    // Taken out and put back, so that the least recently used stands first.
    cache.delete(key);
    cache.set(key, bytes);
    // A block that was absent or failed may be there the next time.
    const forget = (): boolean => cache.delete(key);
    bytes.then((found) => found === null && forget(), forget);
    const [oldest] = leaves.keys();
    if (leaves.size > keptLeaves && oldest !== undefined) leaves.delete(oldest);
    return bytes;
  };
  const size = await fileSize(cid, kept);
  return {
    size,
    async read(offset, length) {
      const start = Math.min(offset, size);
      const parts: Uint8Array[] = [];
      for await (const part of catRange(cid, { start, end: Math.min(size, offset + length) }, kept)) parts.push(part);
      return Buffer.concat(parts);
    },
  };
}
