import { encode, prepare } from "@ipld/dag-pb";
import type { CID } from "multiformats/cid";
import type { Block } from "../ports/blocks.ts";
import { nodeBlock, rawBlock } from "./block.ts";
import { fileData } from "./unixfs-data.ts";

/** Fixed chunk length and links per node of profile unixfs-v1-2025 (IPIP-499): what Kubo uses with that profile. */
export const leafBytes = 1_048_576;
export const linksPerNode = 1024;

/** A finished file or directory: `size` is the content's length, `tsize` that of all blocks below and including it, as parents record it. */
export type Built = { readonly cid: CID; readonly size: number; readonly tsize: number };

/** Receives each block once, children before parents. The bytes are the receiver's to keep. */
export type Put = (block: Block) => void | Promise<void>;

/** One level of parents over `level` (UnixFS v1 balanced layout). */
function parentsOf(level: readonly Built[]): { built: Built; block: Block }[] {
  const out: { built: Built; block: Block }[] = [];
  for (let at = 0; at < level.length; at += linksPerNode) {
    const children = level.slice(at, at + linksPerNode);
    const data = fileData(children.map((child) => child.size));
    const links = children.map((child) => ({ Name: "", Hash: child.cid, Tsize: child.tsize }));
    const block = nodeBlock(encode(prepare({ Data: data, Links: links })));
    const sum = (of: (child: Built) => number): number => children.reduce((total, child) => total + of(child), 0);
    out.push({ block, built: { cid: block.cid, size: sum((child) => child.size), tsize: block.bytes.length + sum((child) => child.tsize) } });
  }
  return out;
}

/** Stacks parents until one root is left; a single leaf is its own root. */
function* stack(leaves: readonly Built[]): Generator<Block, Built, undefined> {
  let level = leaves;
  while (level.length > 1) {
    const parents = parentsOf(level);
    for (const { block } of parents) yield block;
    level = parents.map(({ built }) => built);
  }
  const [root] = level;
  if (root !== undefined) return root;
  const empty = rawBlock(new Uint8Array(0));
  yield empty;
  return { cid: empty.cid, size: 0, tsize: 0 };
}

const leafOf = (bytes: Uint8Array): { built: Built; block: Block } => {
  const block = rawBlock(bytes);
  return { block, built: { cid: block.cid, size: bytes.length, tsize: bytes.length } };
};

/**
 * Builds the UnixFS v1 file (raw leaves, CIDv1) of a stream, hashing each byte once and holding one leaf: the same root as Kubo's
 * profile unixfs-v1-2025 for the same bytes. Pieces may be of any size.
 */
export async function buildFile(source: AsyncIterable<Uint8Array>, put: Put): Promise<Built> {
  const leaves: Built[] = [];
  let parts: Uint8Array[] = [];
  let held = 0;
  const flush = async (bytes: Uint8Array): Promise<void> => {
    const { block, built } = leafOf(bytes);
    leaves.push(built);
    await put(block);
  };
  for await (const piece of source) {
    let at = 0;
    while (piece.length - at >= leafBytes - held) {
      const take = leafBytes - held;
      parts.push(piece.subarray(at, at + take));
      at += take;
      // Always copied, so that no block shares memory with a buffer its source may use again.
      await flush(Buffer.concat(parts, leafBytes));
      parts = [];
      held = 0;
    }
    if (at < piece.length) {
      parts.push(Buffer.from(piece.subarray(at)));
      held += piece.length - at;
      if (parts.length > 256) parts = [Buffer.concat(parts, held)];
    }
  }
  if (held > 0) await flush(Buffer.concat(parts, held));
  const rest = stack(leaves);
  for (;;) {
    const step = rest.next();
    if (step.done === true) return step.value;
    await put(step.value);
  }
}

/** As `buildFile` for bytes in memory: the blocks are views of `bytes`, which must not change afterwards. */
export function buildFileOf(bytes: Uint8Array): Built & { readonly blocks: Block[] } {
  const blocks: Block[] = [];
  const leaves: Built[] = [];
  for (let at = 0; at < bytes.length; at += leafBytes) {
    const { block, built } = leafOf(bytes.subarray(at, at + leafBytes));
    blocks.push(block);
    leaves.push(built);
  }
  const rest = stack(leaves);
  for (;;) {
    const step = rest.next();
    if (step.done === true) return { ...step.value, blocks };
    blocks.push(step.value);
  }
}

/** Builds the same root over leaves that were made and stored before, in content order: for content whose first bytes are known last. */
export async function buildFileOver(leaves: readonly Built[], put: Put): Promise<Built> {
  const rest = stack(leaves);
  for (;;) {
    const step = rest.next();
    if (step.done === true) return step.value;
    await put(step.value);
  }
}
