import type { CID } from "multiformats/cid";
import { isRaw } from "../dag/block.ts";
import { decodeNode } from "../dag/node.ts";
import { walk } from "../dag/walk.ts";
import { fault, isFault } from "../model/fault.ts";
import type { Block, Blocks } from "../ports/blocks.ts";
import { type FetchOptions, type FetchProgress, fetchBlock, fetchMissing } from "./fetch-missing.ts";
import type { BlockSource } from "./source.ts";

/** Passes on only blocks that belong below `root`: a source could otherwise fill our disk with a stream of strangers. */
async function* belonging(root: CID, blocks: AsyncIterable<Block>, count: (bytes: number) => void): AsyncGenerator<Block, void, undefined> {
  const expected = new Set([root.toString()]);
  for await (const block of blocks) {
    const key = block.cid.toString();
    if (!expected.delete(key)) throw fault("CAR_MALFORMED", { what: "it holds a block that nothing before it links to, or holds it twice" });
    if (!isRaw(block.cid)) {
      const node = decodeNode(block.cid, block.bytes);
      for (const link of node.links) expected.add(("cid" in link ? link.cid : link.Hash).toString());
    }
    count(block.bytes.length);
    yield block;
  }
}

/** Tries one CAR stream, the fastest way for a study of which nothing is here; whatever arrived before a failure is kept. */
async function tryCar(root: CID, sources: readonly BlockSource[], store: Blocks, options: FetchOptions): Promise<number> {
  let blocks = 0;
  let bytes = 0;
  for (const source of sources) {
    if (source.car === undefined) continue;
    try {
      const counted = belonging(root, source.car(root, options.signal), (length) => {
        blocks++;
        bytes += length;
        options.onProgress?.({ blocks, bytes });
      });
      await store.putMany(counted);
    } catch (error) {
      options.signal.throwIfAborted();
      if (isFault(error, "BLOCKS_DISK_FULL")) throw error;
    }
    // A source that gave anything has done its part; the rest is fetched block by block from everyone.
    if (bytes > 0) break;
  }
  return bytes;
}

/**
 * Brings everything below `root` into the store and resolves only when `walk` finds every block there, durable. A fresh root is streamed as
 * one CAR where a source offers it; the rest is fetched block by block, in parallel, from any source that has it right. Resumable.
 * Throws what `fetchMissing` throws, and DAG_MALFORMED.
 */
export async function fetchTree(root: CID, sources: readonly BlockSource[], store: Blocks, options: FetchOptions): Promise<FetchProgress> {
  const { signal } = options;
  let bytes = (await store.has(root)) ? 0 : await tryCar(root, sources, store, options);
  const report = (progress: FetchProgress): void => options.onProgress?.({ blocks: progress.blocks, bytes: bytes + progress.bytes });
  let turn = 0;
  const interior = async (cid: CID): Promise<Uint8Array> => {
    const held = await store.get(cid);
    if (held !== null) return held;
    const block = await fetchBlock(cid, sources, turn++, signal);
    await store.putMany([block]);
    bytes += block.bytes.length;
    return block.bytes;
  };
  const all: CID[] = [];
  for await (const cid of walk(root, interior)) {
    signal.throwIfAborted();
    all.push(cid);
  }
  const rest = await fetchMissing(all, sources, store, { ...options, onProgress: report });
  return { blocks: rest.blocks, bytes: bytes + rest.bytes };
}
