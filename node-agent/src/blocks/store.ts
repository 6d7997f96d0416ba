import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CID } from "multiformats/cid";
import type { Block, Blocks } from "../ports/blocks.ts";
import { fsyncDirectory } from "./directory-sync.ts";
import { openBlockFolder } from "./folder.ts";
import { type BlockLog, openBlockLog } from "./segments/block-log.ts";

export type StoreOptions = { readonly onDamaged?: (cid: CID) => void };

/** Blocks of a log, and behind it those that an earlier version wrote as one file each: they stay where they are and are served until they are deleted. */
function behind(log: BlockLog, files: Blocks): BlockLog {
  async function* fresh(blocks: Iterable<Block> | AsyncIterable<Block>): AsyncGenerator<Block, void, undefined> {
    for await (const block of blocks) if (!(await files.has(block.cid))) yield block;
  }
  return {
    putMany: (blocks) => log.putMany(fresh(blocks)),
    get: async (cid) => (await log.get(cid)) ?? (await files.get(cid)),
    raw: async (cid) => (await log.raw(cid)) ?? (await files.raw?.(cid)) ?? null,
    has: async (cid) => (await log.has(cid)) || (await files.has(cid)),
    async deleteMany(cids) {
      const all = [...cids];
      await log.deleteMany(all);
      await files.deleteMany(all);
    },
    async *list() {
      yield* log.list();
      for await (const cid of files.list()) if (!(await log.has(cid))) yield cid;
    },
    freeBytes: log.freeBytes,
    usedBytes: async () => (await log.usedBytes()) + ((await files.usedBytes?.()) ?? 0),
    close: log.close,
  };
}

/**
 * Opens the agent's own store of blocks under `root` (made if absent): a log of segments in `root/segments`, with the folder of an earlier version
 * behind it where there is one. One process at a time; see `openBlockLog` for what is promised.
 */
export async function openBlockStore(root: string, options: StoreOptions = {}): Promise<BlockLog> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const log = await openBlockLog(join(root, "segments"), options);
  await fsyncDirectory(root);
  // The first of the shards that the folder has had from its first start on.
  const before = await stat(join(root, "00")).then((found) => found.isDirectory(), () => false);
  return before ? behind(log, await openBlockFolder(root, options)) : log;
}
