import type { CID } from "multiformats/cid";
import { verifyBlock } from "../dag/block.ts";
import { fault } from "../model/fault.ts";
import type { Block, Blocks } from "../ports/blocks.ts";
import { limiter } from "./limiter.ts";
import type { BlockSource } from "./source.ts";

export type FetchProgress = {
  /** Blocks now here of those asked for so far. */
  readonly blocks: number;
  /** Bytes brought in by this call. */
  readonly bytes: number;
};

export type FetchOptions = {
  /** Requests in flight at once; 8 when absent. */
  readonly concurrency?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: FetchProgress) => void;
};

/** One block from the first source that has it right, beginning with another source for each block so that all share the work. */
export async function fetchBlock(cid: CID, sources: readonly BlockSource[], turn: number, signal: AbortSignal): Promise<Block> {
  const causes: unknown[] = [];
  for (let i = 0; i < sources.length; i++) {
    signal.throwIfAborted();
    const source = sources[(turn + i) % sources.length];
    if (source === undefined) continue;
    try {
      const bytes = await source.block(cid, signal);
      if (bytes === null) continue;
      verifyBlock(cid, bytes);
      return { cid, bytes };
    } catch (error) {
      signal.throwIfAborted();
      causes.push(error);
    }
  }
  throw fault("BLOCK_MISSING", { cid: cid.toString() }, causes.length === 0 ? undefined : new AggregateError(causes, "every source failed"));
}

/**
 * Brings the blocks the store lacks, in parallel, each verified; resolves when all of them are durable. A source that lacks a block,
 * fails or sends other bytes is passed over for that block. What arrived stays when it throws, so calling again resumes.
 * Throws BLOCK_MISSING for the first block nobody gave, BLOCKS_DISK_FULL, and the signal's reason.
 */
export async function fetchMissing(cids: Iterable<CID>, sources: readonly BlockSource[], store: Blocks, options: FetchOptions): Promise<FetchProgress> {
  const { signal, onProgress } = options;
  const width = options.concurrency ?? 8;
  const place = limiter(width);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let blocks = 0;
  let bytes = 0;
  let turn = 0;
  const one = async (cid: CID): Promise<void> => {
    if (!(await store.has(cid))) {
      const block = await fetchBlock(cid, sources, turn++, either);
      await store.putMany([block]);
      bytes += block.bytes.length;
    }
    blocks++;
    onProgress?.({ blocks, bytes });
  };
  const running = new Set<Promise<void>>();
  const failed: unknown[] = [];
  for (const cid of cids) {
    if (failed.length > 0 || signal.aborted) break;
    await new Promise<void>((started) => {
      const task: Promise<void> = place(() => {
        started();
        return one(cid);
      })
        .catch((error: unknown) => {
          failed.push(error);
          stop.abort(error);
        })
        .finally(() => running.delete(task));
      running.add(task);
    });
  }
  await Promise.all(running);
  signal.throwIfAborted();
  if (failed.length > 0) throw failed[0];
  return { blocks, bytes };
}
