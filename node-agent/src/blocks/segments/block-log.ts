import { mkdir, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CID } from "multiformats/cid";
import { matchesAside } from "../../dag/block.ts";
import type { Block, Blocks } from "../../ports/blocks.ts";
import { fsyncDirectory } from "../directory-sync.ts";
import { Appender } from "./appender.ts";
import { SegmentFiles } from "./files.ts";
import { openPlaceIndex, type Place, type Placed, type PlaceIndex } from "./place-index.ts";
import { readIn } from "./read-in.ts";
import { deadMark, headBytes, readHead } from "./record.ts";

export type BlockLogOptions = {
  /** Told when a damaged block was set aside; the block counts as absent from then on. */
  readonly onDamaged?: (cid: CID) => void;
};
export type BlockLog = Blocks & Required<Pick<Blocks, "raw" | "usedBytes">> & { close(): Promise<void> };

/** Bytes and blocks made durable together; what comes meanwhile goes with the next. */
const groupBytes = 16 << 20;
const groupBlocks = 2000;
/** Bytes and blocks one `putMany` has waiting: a fast source cannot pile up memory. */
const waitingBytes = 8 << 20;
const waitingBlocks = 64;
/** A closed segment of which more than this part is dead is gathered up. */
const mostDead = 0.5;

type Job = { readonly block: Block; readonly done: PromiseWithResolvers<void> };

/**
 * Opens a store of blocks in a folder (made if absent): records appended to numbered segments, many blocks to one flush of the disk, and an index of
 * where each lies that can be made again from the segments. A block that `putMany` has acknowledged survives a power cut; of one that was cut nothing
 * stays. One process at a time. Deleted blocks are overwritten or go with their segment at once.
 */
export async function openBlockLog(dir: string, options: BlockLogOptions = {}): Promise<BlockLog> {
  await mkdir(join(dir, "damaged"), { recursive: true, mode: 0o700 });
  await fsyncDirectory(dir);
  const index = openPlaceIndex(join(dir, "index.sqlite"));
  const files = new SegmentFiles(dir);
  try {
    const appender = new Appender(files, dir, await readIn(files, index));
    return new Log(dir, index, files, appender, options).blocks();
  } catch (error) {
    index.close();
    throw error;
  }
}

class Log {
  readonly #dir: string;
  readonly #index: PlaceIndex;
  readonly #files: SegmentFiles;
  readonly #appender: Appender;
  readonly #options: BlockLogOptions;
  readonly #pending = new Map<string, Job>();
  #queue: Job[] = [];
  /** Everything that changes segments, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #scheduled = false;

  constructor(dir: string, index: PlaceIndex, files: SegmentFiles, appender: Appender, options: BlockLogOptions) {
    this.#dir = dir;
    this.#index = index;
    this.#files = files;
    this.#appender = appender;
    this.#options = options;
  }

  blocks(): BlockLog {
    return {
      putMany: (blocks) => this.#putMany(blocks),
      get: (cid) => this.#get(cid),
      raw: (cid) => this.#read(cid),
      has: async (cid) => this.#index.find(cid.bytes) !== null,
      deleteMany: (cids) => this.#exclusive(() => this.#delete(cids)),
      list: () => this.#list(),
      freeBytes: async () => {
        const { bavail, bsize } = await statfs(this.#dir);
        return bavail * bsize;
      },
      usedBytes: async () => this.#index.usedBytes(),
      close: async () => {
        await this.#exclusive(() => this.#appender.close());
        await this.#files.close();
        this.#index.close();
      },
    };
  }

  async #putMany(blocks: Iterable<Block> | AsyncIterable<Block>): Promise<void> {
    const running = new Set<Promise<void>>();
    const failed: unknown[] = [];
    let bytes = 0;
    try {
      for await (const block of blocks) {
        if (failed.length > 0) break;
        if (this.#index.find(block.cid.bytes) !== null) continue;
        bytes += block.bytes.length;
        const task: Promise<void> = this.#put(block)
          .catch((error: unknown) => void failed.push(error))
          .finally(() => {
            running.delete(task);
            bytes -= block.bytes.length;
          });
        running.add(task);
        while (bytes > waitingBytes || running.size >= waitingBlocks) await Promise.race(running);
      }
    } finally {
      await Promise.all(running);
    }
    if (failed.length > 0) throw failed[0];
  }

  #put(block: Block): Promise<void> {
    const key = block.cid.toString();
    const under = this.#pending.get(key);
    if (under !== undefined) return under.done.promise;
    const job: Job = { block, done: Promise.withResolvers() };
    this.#pending.set(key, job);
    this.#queue.push(job);
    if (!this.#scheduled) {
      this.#scheduled = true;
      // Whatever else is put in this turn of the event loop goes with it.
      setImmediate(() => void this.#exclusive(() => this.#writeQueue()).catch(() => undefined));
    }
    return job.done.promise;
  }

  /** Writes what waits, in groups, each durable and findable before its callers hear of it. */
  async #writeQueue(): Promise<void> {
    this.#scheduled = false;
    while (this.#queue.length > 0) {
      let bytes = 0;
      let count = 0;
      for (const { block } of this.#queue) {
        if (count >= groupBlocks || (count > 0 && bytes >= groupBytes)) break;
        bytes += block.bytes.length;
        count++;
      }
      const group = this.#queue.slice(0, count);
      this.#queue = this.#queue.slice(count);
      try {
        this.#add(await this.#appender.append(group.map(({ block }) => block)));
        for (const { block, done } of group) {
          this.#pending.delete(block.cid.toString());
          done.resolve();
        }
      } catch (error) {
        for (const { block, done } of group) {
          this.#pending.delete(block.cid.toString());
          done.reject(error);
        }
      }
    }
  }

  #add(placed: readonly Placed[]): void {
    this.#index.add(placed, this.#appender.current);
  }

  async #read(cid: CID): Promise<Buffer<ArrayBuffer> | null> {
    for (let last: Place | null = null; ; ) {
      const place = this.#index.find(cid.bytes);
      // Gathered up or deleted while it was read: looked for again, unless it has not moved.
      if (place === null || (last !== null && last.segment === place.segment && last.at === place.at)) return null;
      last = place;
      try {
        return await this.#files.read(place.segment, place.at, place.length);
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : "";
        if (code !== "ENOENT" && code !== "EIO") throw error;
      }
    }
  }

  async #get(cid: CID): Promise<Uint8Array | null> {
    const place = this.#index.find(cid.bytes);
    if (place === null) return null;
    const bytes = await this.#read(cid);
    if (bytes !== null && (await matchesAside(cid, bytes))) return bytes;
    const now = this.#index.find(cid.bytes);
    // Deleted or gathered up meanwhile: what was read says nothing of where it lies now.
    if (now === null) return null;
    if (now.segment !== place.segment || now.at !== place.at) return await this.#get(cid);
    await this.#exclusive(() => this.#setAside(cid, bytes ?? Buffer.alloc(0)));
    return null;
  }

  async #setAside(cid: CID, bytes: Uint8Array): Promise<void> {
    const place = this.#index.find(cid.bytes);
    if (place === null) return;
    const head = await this.#files.read(place.segment, place.at - headBytes, headBytes).catch(() => Buffer.alloc(0));
    this.#index.remove([{ ...place, cid: cid.bytes, bytes: headBytes + place.length }]);
    // Deleted before a power cut that the index does not remember: no damage.
    if (readHead(head)?.live === false) return;
    await writeFile(join(this.#dir, "damaged", cid.toString()), bytes, { mode: 0o600 }).catch(() => undefined);
    await this.#mark([place]).catch(() => undefined);
    this.#options.onDamaged?.(cid);
  }

  async #delete(cids: Iterable<CID>): Promise<void> {
    // What is being written was put before this deletion was asked for.
    await this.#writeQueue();
    const gone: (Placed & { readonly bytes: number })[] = [];
    const seen = new Set<string>();
    for (const cid of cids) {
      const key = cid.toString();
      const place = seen.has(key) ? null : this.#index.find(cid.bytes);
      seen.add(key);
      if (place !== null) gone.push({ ...place, cid: cid.bytes, bytes: headBytes + place.length });
    }
    if (gone.length === 0) return;
    const dying = this.#dyingWith(gone);
    this.#index.remove(gone);
    // Marked in the segment as well: an index made anew must not bring it back. Segments of which nothing is left go whole.
    await this.#mark(gone.filter(({ segment }) => !dying.has(segment)));
    await this.#gather();
  }

  /** Segments that hold nothing any more once these blocks are gone. */
  #dyingWith(gone: readonly (Placed & { readonly bytes: number })[]): ReadonlySet<number> {
    const left = new Map(this.#index.segments().map(({ no, size, dead }) => [no, size - dead]));
    for (const { segment, bytes } of gone) left.set(segment, (left.get(segment) ?? 0) - bytes);
    return new Set([...left].flatMap(([no, bytes]) => (bytes <= 0 ? [no] : [])));
  }

  /** Marks records as dead and overwrites what they held. */
  async #mark(places: readonly Place[]): Promise<void> {
    for (const [segment, list] of Map.groupBy(places, (one) => one.segment)) {
      const file = await this.#files.writer(segment);
      try {
        for (const { at, length } of list) {
          // The mark before the zeros, so that a reader of zeros finds it.
          await file.write(deadMark.bytes, 0, 1, at - headBytes + deadMark.at);
          if (length > 0) await file.write(Buffer.alloc(length), 0, length, at);
        }
        await file.datasync();
      } finally {
        await file.close();
      }
    }
  }

  /** Gives segments back: those of which nothing is left, and those of which little is left once the rest was written anew. */
  async #gather(): Promise<void> {
    for (const { no, size, dead } of this.#index.segments()) {
      if (dead < size && (no === this.#appender.current.no || dead < size * mostDead)) continue;
      if (no === this.#appender.current.no) await this.#appender.roll();
      const rest: Block[] = [];
      for (const { cid, segment, at, length } of this.#index.inSegment(no)) rest.push({ cid: CID.decode(cid), bytes: await this.#files.read(segment, at, length) });
      if (rest.length > 0) this.#add(await this.#appender.append(rest));
      // What of it moved is found in its new place by now.
      this.#index.dropSegment(no);
      await this.#files.remove(no);
    }
  }

  async *#list(): AsyncGenerator<CID, void, undefined> {
    for (const bytes of this.#index.cids()) yield CID.decode(bytes);
  }

  #exclusive(work: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => undefined);
    return run;
  }
}
