import type { CID } from "multiformats/cid";
import { parseCid } from "../dag/block.ts";
import type { Block, Blocks } from "../ports/blocks.ts";

const batchBytes = 8 << 20;
const batchesAhead = 3;

/** Hands blocks to the store in batches while the next ones are made; nothing counts as kept before `flush` resolves. */
export class BlockWriter {
  readonly #blocks: Blocks;
  /** As text, which is a tenth of the size. */
  readonly #written: string[] = [];
  readonly #running = new Set<Promise<void>>();
  #batch: Block[] = [];
  #bytes = 0;
  #failure: { readonly error: unknown } | null = null;
  readonly #onWritten: (batch: readonly Block[]) => void;

  /** `onWritten` is told of each batch once it is durable. */
  constructor(blocks: Blocks, onWritten: (batch: readonly Block[]) => void = () => {}) {
    this.#blocks = blocks;
    this.#onWritten = onWritten;
  }

  /** Takes blocks; waits while too many batches are on their way to the disk. Throws what an earlier batch failed with. */
  async add(blocks: readonly Block[]): Promise<void> {
    for (const block of blocks) {
      this.#batch.push(block);
      this.#bytes += block.bytes.length;
    }
    if (this.#bytes >= batchBytes) this.#send();
    while (this.#running.size >= batchesAhead) await Promise.race(this.#running);
    this.#check();
  }

  /** Resolves when everything taken so far would survive a power cut. */
  async flush(): Promise<void> {
    this.#send();
    await Promise.all(this.#running);
    this.#check();
  }

  /** CIDs handed to the store so far. */
  written(): readonly CID[] {
    return this.#written.map(parseCid);
  }

  /** Drops what is not sent yet and waits for the rest, whatever becomes of it. */
  async settle(): Promise<void> {
    this.#batch = [];
    this.#bytes = 0;
    await Promise.all(this.#running);
  }

  #send(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    for (const { cid } of batch) this.#written.push(cid.toString());
    const run: Promise<void> = this.#blocks
      .putMany(batch)
      .then(() => this.#onWritten(batch))
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
