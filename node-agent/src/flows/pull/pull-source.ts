import type { CID } from "multiformats/cid";
import { isFault } from "../../model/fault.ts";
import type { MemberId, RequestId } from "../../model/ids.ts";
import type { Block } from "../../ports/blocks.ts";
import type { BlockSource } from "../../ports/block-source.ts";
import type { Peers } from "../../ports/peers.ts";

/** Questions under way at once to a source that answers one block at a time. */
const singles = 8;
/** Time's worth of blocks asked for in one question: short enough that another source can take over, long enough to be a stream. */
const batchSeconds = 0.3;
const smallestBatch = 1 << 18;
const firstBatch = 4 << 20;
const largestBatch = 8 << 20;
/** Failures in a row after which a source is not asked any more by this pull. */
const patience = 3;
/** From these on a batch says something of a line's pace: a small one says more of its latency. */
const paceFromBytes = 1 << 18;
const paceFromMs = 1000;

/** A member's agent as a source: batches as one stream each; a block that arrived damaged is asked for once more by itself, which makes the member look at its copy. */
export function memberSource(peers: Peers, member: MemberId, access: RequestId | null): BlockSource {
  return {
    name: `member ${member}`,
    block: (cid, signal) => peers.block(member, cid, signal),
    many: (cids, signal) => peers.blocks(member, cids, access, signal),
  };
}

/** What one pull knows of a source: how fast it is, what it has not, whether it is still asked. */
export class PullSource {
  readonly name: string;
  readonly lacks = new Set<string>();
  readonly #source: BlockSource;
  bytes = 0;
  /** Bytes per second of the last batches; 0 before the first. */
  rate = 0;
  /** As `rate`, of batches that were long enough to show the line's pace. */
  pace = 0;
  out = false;
  readonly reserve: boolean;
  #failures = 0;
  #asked = 0;
  #heardAt = 0;

  constructor(source: BlockSource) {
    this.#source = source;
    this.name = source.name;
    this.reserve = source.reserve ?? false;
  }

  /** Whether it has brought anything. */
  get tried(): boolean {
    return this.rate > 0;
  }

  /** Bytes to ask for next. */
  batchBytes(): number {
    return this.rate === 0 ? firstBatch : Math.min(largestBatch, Math.max(smallestBatch, this.rate * batchSeconds));
  }

  /** The blocks of a batch that this source has, as they come. Throws what the source throws. */
  async *read(cids: readonly CID[], signal: AbortSignal): AsyncGenerator<Block, void, undefined> {
    if (this.#source.many === undefined) {
      yield* this.#oneByOne(cids, signal);
      return;
    }
    try {
      yield* this.#source.many(cids, signal);
    } catch (error) {
      const damaged = isFault(error, "BLOCK_MISMATCH") ? cids.find((cid) => cid.toString() === error.details.cid) : undefined;
      if (damaged === undefined) throw error;
      const bytes = await this.#source.block(damaged, signal).catch(() => null);
      if (bytes === null) this.lacks.add(damaged.toString());
      else yield { cid: damaged, bytes };
      throw error;
    }
  }

  /** Takes note that a batch is asked for, until `answered`. */
  asking(now: number): void {
    if (this.#asked++ === 0) this.#heardAt = now;
  }

  /** Takes note of a block. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  answered(): void {
    this.#asked--;
  }

  /** Milliseconds for which it has been asked and said nothing; 0 when it is not asked. */
  silentMs(now: number): number {
    return this.#asked === 0 ? 0 : now - this.#heardAt;
  }

  /** Takes note of a batch: bytes brought, and how long it took in milliseconds. */
  brought(bytes: number, ms: number): void {
    this.bytes += bytes;
    if (bytes === 0) return;
    this.#failures = 0;
    const now = (bytes * 1000) / Math.max(ms, 1);
    const mixed = (before: number): number => (before === 0 ? now : before * 0.6 + now * 0.4);
    this.rate = mixed(this.rate);
    if (bytes >= paceFromBytes || ms >= paceFromMs) this.pace = mixed(this.pace);
  }

  /** Takes note of a failure; true when the source is given up. */
  failed(): boolean {
    this.#failures++;
    this.out ||= this.#failures >= patience;
    return this.out;
  }

  async *#oneByOne(cids: readonly CID[], signal: AbortSignal): AsyncGenerator<Block, void, undefined> {
    const ahead: { readonly cid: CID; readonly bytes: Promise<Uint8Array | null> }[] = [];
    const queue = [...cids];
    for (;;) {
      for (let cid = ahead.length < singles ? queue.shift() : undefined; cid !== undefined; cid = ahead.length < singles ? queue.shift() : undefined) {
        const bytes = this.#source.block(cid, signal);
        // Met when its turn comes.
        bytes.catch(() => undefined);
        ahead.push({ cid, bytes });
      }
      const first = ahead.shift();
      if (first === undefined) return;
      const bytes = await first.bytes.catch((error: unknown) => {
        // Asked for again here it would fail again, and in the end the source with it.
        if (!signal.aborted) this.lacks.add(first.cid.toString());
        throw error;
      });
      if (bytes !== null) yield { cid: first.cid, bytes };
    }
  }
}
