import type { Block } from "../../ports/blocks.ts";
import { BlockWriter } from "../block-writer.ts";
import type { PullContext } from "./pull-context.ts";
import { demandSpace } from "../demand-space.ts";

/** Bytes between two looks at what is free: what a root says of its size is its maker's word. */
const spaceEveryBytes = 16 << 20;

/** Blocks that have arrived: on their way to the disk, and in memory until their reader took them. */
export class Shelf {
  readonly #context: PullContext;
  readonly #writer: BlockWriter;
  readonly #kept = new Map<string, Uint8Array>();
  /** Taken in and not yet with the writer, which `flush` has to wait for. */
  readonly #coming = new Set<Promise<void>>();
  /** In no store yet, so reads must find them here. Bounded by the writer, which lets nobody get far ahead of the disk. */
  readonly #writing = new Map<string, Uint8Array>();
  #keptBytes = 0;
  #sinceLook = spaceEveryBytes;
  #bell = Promise.withResolvers<void>();

  constructor(context: PullContext) {
    this.#context = context;
    this.#writer = new BlockWriter(context.blocks, (batch) => {
      for (const { cid } of batch) this.#writing.delete(cid.toString());
    });
  }

  holds(key: string): boolean {
    return this.#kept.has(key) || this.#writing.has(key);
  }

  /** Bytes waiting for their reader. */
  bytes(): number {
    return this.#keptBytes;
  }

  /** The block's bytes when they are in memory; kept ones are given once. */
  take(key: string): Uint8Array | null {
    const kept = this.#kept.get(key) ?? null;
    if (kept === null) return this.#writing.get(key) ?? null;
    this.drop(key);
    return kept;
  }

  /** Stops keeping a block for its reader. */
  drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#keptBytes -= kept.length;
    this.#ring();
  }

  clear(): void {
    this.#kept.clear();
    this.#keptBytes = 0;
    this.#ring();
  }

  /** Takes a block in, findable at once; resolves when more may come, which is not while too much is on its way to the disk. Throws STORAGE_LOW, BLOCKS_DISK_FULL. */
  async put(block: Block, keep: boolean): Promise<void> {
    const key = block.cid.toString();
    if (keep && !this.#kept.has(key)) {
      this.#kept.set(key, block.bytes);
      this.#keptBytes += block.bytes.length;
    }
    this.#writing.set(key, block.bytes);
    this.#ring();
    const coming = this.#handOver(block).finally(() => this.#coming.delete(coming));
    this.#coming.add(coming);
    await coming;
  }

  async #handOver(block: Block): Promise<void> {
    this.#sinceLook += block.bytes.length;
    if (this.#sinceLook >= spaceEveryBytes) {
      this.#sinceLook = 0;
      await demandSpace(this.#context, 0);
    }
    await this.#writer.add([block]);
  }

  /** Everything put until now would survive a power cut when it resolves. Throws what a `put` failed with. */
  async flush(): Promise<void> {
    await Promise.all(this.#coming);
    await this.#writer.flush();
  }

  /** Waits for what is being written, whatever becomes of it. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#coming);
    await this.#writer.flush().catch(() => undefined);
  }

  changed(): Promise<void> {
    return this.#bell.promise;
  }

  #ring(): void {
    this.#bell.resolve();
    this.#bell = Promise.withResolvers();
  }
}
