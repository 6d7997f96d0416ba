import type { CID } from "multiformats/cid";
import { cidOfRoot, isRaw } from "../dag/block.ts";
import { decodeNode } from "../dag/node.ts";
import { fault, Fault } from "../model/fault.ts";
import type { Digest, MemberId, StudyId } from "../model/ids.ts";
import { BlockWriter } from "./block-writer.ts";
import type { HospitalContext } from "./context.ts";
import { childrenOf, missingBlocks } from "./missing-blocks.ts";

export type TreeInput = {
  readonly study: StudyId;
  readonly root: Digest;
  /** Members to ask, best first. */
  readonly sources: readonly MemberId[];
  /** Called with the bytes that have arrived in this life and, once the root is read, the bytes of the whole tree (0 before). */
  readonly onBytes?: (done: number, total: number) => void;
};

/** More missing blocks than this are asked for as one stream. */
const streamAbove = 32;
const parallelBlocks = 6;
/** Bytes between two looks at what is free: what a root says of its size is its maker's word. */
const spaceEveryBytes = 16 << 20;

type Progress = { done: number; total: number };

class Fetch {
  readonly #context: HospitalContext;
  readonly #input: TreeInput;
  readonly #root: CID;
  readonly #progress: Progress = { done: 0, total: 0 };
  #last: unknown = null;
  #sinceLook = 0;

  constructor(context: HospitalContext, input: TreeInput) {
    this.#context = context;
    this.#input = input;
    this.#root = cidOfRoot(input.root);
  }

  async run(): Promise<void> {
    const { blocks, signal } = this.#context;
    let missing = await missingBlocks(blocks, this.#root);
    // A stream ends at the first block its source lacks; what lies behind it is then asked for one by one.
    let streams = true;
    if (missing.length > 0) await this.#demandSpace(0);
    while (missing.length > 0) {
      signal.throwIfAborted();
      const before = missing;
      const wholesale = streams && (missing.length > streamAbove || missing.some((cid) => !isRaw(cid)));
      for (const member of this.#input.sources) {
        if (missing.length === 0) break;
        await (wholesale ? this.#stream(member, missing) : this.#single(member, missing));
        missing = await missingBlocks(blocks, this.#root);
      }
      const same = missing.length === before.length && missing.every((cid, at) => before[at]?.equals(cid) === true);
      if (same && wholesale) streams = false;
      else if (same) throw fault("STUDY_BLOCKS_MISSING", { study: this.#input.study, missing: missing.length }, this.#last);
    }
  }

  /** Only blocks that belong below the root are kept: a source cannot fill our disk with anything else. */
  async #stream(member: MemberId, missing: readonly CID[]): Promise<void> {
    const { peers, signal, blocks } = this.#context;
    const wanted = new Set(missing.map((cid) => cid.toString()));
    const writer = new BlockWriter(blocks);
    try {
      for await (const { cid, bytes } of peers.car(member, this.#root, signal)) {
        const key = cid.toString();
        if (!wanted.delete(key)) {
          // Already here: what lies below it may still be wanted, and is found missing by the walk.
          continue;
        }
        for (const child of childrenOf(cid, bytes)) if (!(await blocks.has(child))) wanted.add(child.toString());
        await this.#arrived(cid, bytes);
        await writer.add([{ cid, bytes }]);
      }
    } catch (error) {
      this.#failed(member, error);
    }
    await writer.flush();
  }

  async #single(member: MemberId, missing: readonly CID[]): Promise<void> {
    const { peers, signal, blocks } = this.#context;
    const queue = [...missing];
    const worker = async (): Promise<void> => {
      for (let cid = queue.pop(); cid !== undefined; cid = queue.pop()) {
        const bytes = await peers.block(member, cid, signal);
        if (bytes === null) continue;
        await this.#arrived(cid, bytes);
        await blocks.putMany([{ cid, bytes }]);
      }
    };
    const done = await Promise.allSettled(Array.from({ length: parallelBlocks }, worker));
    for (const one of done) if (one.status === "rejected") this.#failed(member, one.reason);
  }

  async #arrived(cid: CID, bytes: Uint8Array): Promise<void> {
    this.#progress.done += bytes.length;
    this.#context.metrics.count("fiducial_fetch_bytes_total", {}, bytes.length);
    if (cid.equals(this.#root)) {
      const node = decodeNode(cid, bytes);
      if (node.kind !== "file") this.#progress.total = node.links.reduce((sum, link) => sum + (link.Tsize ?? 0), bytes.length);
      await this.#demandSpace(this.#progress.total);
    }
    this.#sinceLook += bytes.length;
    if (this.#sinceLook >= spaceEveryBytes) {
      this.#sinceLook = 0;
      await this.#demandSpace(0);
    }
    this.#input.onBytes?.(this.#progress.done, this.#progress.total);
  }

  async #demandSpace(bytes: number): Promise<void> {
    const need = this.#context.settings.minFreeBytes + bytes;
    const free = await this.#context.blocks.freeBytes();
    if (free < need) throw fault("STORAGE_LOW", { free, need });
  }

  /** Faults of a source lead to the next one; faults of this agent end the fetch. */
  #failed(member: MemberId, error: unknown): void {
    this.#context.signal.throwIfAborted();
    if (error instanceof Fault && (error.code === "STORAGE_LOW" || error.code === "BLOCKS_DISK_FULL")) throw error;
    this.#last = error;
    this.#context.log.warn("source failed", { study: this.#input.study, member }, error);
  }
}

/**
 * Brings everything below a root into the block store: one stream while much is missing, block by block for the rest, from each source in
 * turn, keeping whatever arrived. Resolves when the whole tree is durable; repeating it fetches only what is missing. Throws STUDY_BLOCKS_MISSING,
 * STORAGE_LOW, BLOCKS_DISK_FULL, DAG_MALFORMED.
 */
export const fetchTree = async (context: HospitalContext, input: TreeInput): Promise<void> => await new Fetch(context, input).run();

