import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, opendir, readdir, rename, rm, stat, statfs, unlink } from "node:fs/promises";
import { join } from "node:path";
import { CID } from "multiformats/cid";
import { matchesAside } from "../dag/block.ts";
import { fault } from "../model/fault.ts";
import type { Block, Blocks } from "../ports/blocks.ts";
import { directorySync, fsyncDirectory } from "./directory-sync.ts";
import { limiter } from "./limiter.ts";
import { readBlockFile } from "./read-block.ts";

/** One shard per last digest octet: even, and few enough to make durable at start. */
const shards = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0"));
/** Files being written at once. Parallel fsyncs share the file system's journal commits; past this nothing was gained in measurement. */
const writers = 16;

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");
const isFull = (error: unknown): boolean => codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";

export type FolderOptions = {
  /** Told when a damaged block was set aside; the block counts as absent from then on. */
  readonly onDamaged?: (cid: CID) => void;
};

/**
 * Opens a content-addressed folder (made if absent): one file per block, `<last digest octet>/<cid>`. A file appears under its name only
 * whole and on the disk (temporary file, fdatasync, rename, fsync of the directory, merged across concurrent calls). One process at a time.
 * `putMany` failing half-way leaves whole blocks or nothing, so trying again is cheap.
 */
export async function openBlockFolder(root: string, options: FolderOptions = {}): Promise<Blocks> {
  const temporary = join(root, "tmp");
  const damaged = join(root, "damaged");
  await mkdir(root, { recursive: true, mode: 0o700 });
  // Left-overs of a killed writer; nothing here was ever acknowledged.
  await rm(temporary, { recursive: true, force: true });
  await Promise.all([temporary, damaged, ...shards.map((shard) => join(root, shard))].map((path) => mkdir(path, { recursive: true, mode: 0o700 })));
  const directories = directorySync(fsyncDirectory);
  // A writer killed between rename and fsync leaves a visible file that a power cut could still take: settled here, once.
  await Promise.all([root, ...shards.map((shard) => join(root, shard))].map((path) => directories.sync(path)));

  const place = limiter(writers);
  const shardOf = (cid: CID): string => join(root, shards[cid.multihash.digest.at(-1) ?? 0] ?? "00");
  const pathOf = (cid: CID): string => join(shardOf(cid), cid.toString());
  const writing = new Map<string, Promise<void>>();

  async function write(path: string, { cid, bytes }: Block): Promise<void> {
    const present = await stat(path).catch(() => null);
    // A file of another length is damage that `get` has not met yet; it is replaced.
    if (present?.size === bytes.length) return;
    const part = join(temporary, randomBytes(12).toString("hex"));
    let handle: FileHandle | undefined;
    try {
      handle = await open(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      await handle.writeFile(bytes);
      await handle.datasync();
      await handle.close();
      handle = undefined;
      await rename(part, path);
    } catch (error) {
      await handle?.close().catch(() => undefined);
      await unlink(part).catch(() => undefined);
      throw isFull(error) ? fault("BLOCKS_DISK_FULL", { needed: bytes.length }, error) : error;
    }
    await directories.sync(shardOf(cid));
  }

  function put(block: Block): Promise<void> {
    const path = pathOf(block.cid);
    // Whoever stores a block that another call is still writing must wait for that write, not trust the file's presence.
    const running = writing.get(path);
    if (running !== undefined) return running;
    const task = write(path, block).finally(() => writing.delete(path));
    writing.set(path, task);
    return task;
  }

  async function setAside(cid: CID): Promise<void> {
    await rename(pathOf(cid), join(damaged, cid.toString())).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
    await directories.sync(shardOf(cid));
    options.onDamaged?.(cid);
  }

  return {
    async putMany(blocks) {
      const running = new Set<Promise<void>>();
      const failed: unknown[] = [];
      try {
        for await (const block of blocks) {
          if (failed.length > 0) break;
          // The next block is asked for only when this one has a place: a fast source cannot pile up memory.
          await new Promise<void>((started) => {
            const task: Promise<void> = place(() => {
              started();
              return put(block);
            })
              .catch((error: unknown) => void failed.push(error))
              .finally(() => running.delete(task));
            running.add(task);
          });
        }
      } finally {
        await Promise.all(running);
      }
      if (failed.length > 0) throw failed[0];
    },
    async get(cid) {
      let bytes: Buffer<ArrayBuffer>;
      try {
        bytes = await readBlockFile(pathOf(cid));
      } catch (error) {
        if (codeOf(error) === "ENOENT") return null;
        if (codeOf(error) !== "EIO") throw error;
        await setAside(cid);
        return null;
      }
      if (await matchesAside(cid, bytes)) return bytes;
      await setAside(cid);
      return null;
    },
    async raw(cid) {
      try {
        return await readBlockFile(pathOf(cid));
      } catch (error) {
        if (codeOf(error) === "ENOENT" || codeOf(error) === "EIO") return null;
        throw error;
      }
    },
    has: async (cid) => (await stat(pathOf(cid)).catch(() => null)) !== null,
    async deleteMany(cids) {
      const touched = new Set<string>();
      const tasks = [...cids].map((cid) =>
        place(async () => {
          try {
            await unlink(pathOf(cid));
            touched.add(shardOf(cid));
          } catch (error) {
            if (codeOf(error) !== "ENOENT") throw error;
          }
        }),
      );
      await Promise.all(tasks);
      await Promise.all([...touched].map((directory) => directories.sync(directory)));
    },
    async *list() {
      for (const shard of shards) {
        for await (const { name } of await opendir(join(root, shard))) {
          try {
            yield CID.parse(name);
          } catch {
            // Not a block's name: something a person put there, and none of our business.
          }
        }
      }
    },
    async freeBytes() {
      const { bavail, bsize } = await statfs(root);
      return bavail * bsize;
    },
    async usedBytes() {
      let bytes = 0;
      for (const shard of shards) {
        for await (const { name } of await opendir(join(root, shard))) bytes += (await stat(join(root, shard, name)).catch(() => null))?.size ?? 0;
      }
      return bytes;
    },
  };
}

/** Names of blocks set aside as damaged in a folder, for `doctor`. */
export const damagedBlocks = async (root: string): Promise<string[]> => await readdir(join(root, "damaged")).catch(() => []);
