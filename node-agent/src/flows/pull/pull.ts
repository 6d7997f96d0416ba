import type { CID } from "multiformats/cid";
import { Fault, fault } from "../../model/fault.ts";
import type { BlockSource } from "../../ports/block-source.ts";
import { mostAsked } from "../../ports/peers.ts";
import type { PullContext } from "./pull-context.ts";
import { PullSource } from "./pull-source.ts";
import { Shelf } from "./shelf.ts";

export type PullOptions = {
  /** Best first. */
  readonly sources: readonly BlockSource[];
  readonly signal: AbortSignal;
  /** Told of every wanted block that is here now: its bytes, and the name of the source that brought it or null when it was here before. */
  readonly onArrival?: (bytes: number, source: string | null) => void;
};

/** Streams under way to one source: while one ends, the next is already coming. */
const lanes = 2;
const idleMs = 200;
const pauseMs = 250;
/** A source that has brought nothing yet is tried with the last of what is ready beyond this, so that no reader waits for a member that is down. */
const trialBeyondBytes = 4 << 20;
/** A stream of another source that takes this many times longer than its own pace promised is helped by an idle one. */
const lateBy = 4;
const lateAfterMs = 1000;
/** A source that is asked and says nothing for so long counts as one that does not answer. */
const silentAfterMs = 3000;
/** What a reserve is thought to bring, bytes per second, before it was tried; and how many times faster than all others it must be to be preferred. */
const reservePace = 4 << 20;
const preferredFrom = 2;

type Want = { readonly cid: CID; readonly key: string; readonly size: number; readonly here: PromiseWithResolvers<Uint8Array>; readonly keep: boolean; readonly inFlight: Set<PullSource>; askedAt: number };

/** Faults of this agent: no other source helps. */
const ours = (error: unknown): boolean => error instanceof Fault && (error.code === "STORAGE_LOW" || error.code === "BLOCKS_DISK_FULL");

/**
 * Brings wanted blocks here from several sources at once, each asked for as much as it is fast, in about the order they were wanted. Blocks are
 * verified by the sources, taken only when wanted, written as they come, and kept in memory for the reader that follows the stream. Whatever
 * arrived stays when it ends early, so the next pull asks for the rest. Close it in every case.
 */
export class Pull {
  readonly #context: PullContext;
  readonly #options: PullOptions;
  readonly #sources: readonly PullSource[];
  readonly #shelf: Shelf;
  readonly #wants = new Map<string, Want>();
  readonly #absent = new Set<string>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #unlink: () => void;
  readonly #loops: Promise<void>[];
  #ready: Want[] = [];
  #wantedBytes = 0;
  #bell = Promise.withResolvers<void>();
  #fatal: { readonly error: unknown } | null = null;
  #lastFailure: unknown = null;

  constructor(context: PullContext, options: PullOptions) {
    this.#context = context;
    this.#options = options;
    this.#sources = options.sources.map((source) => new PullSource(source));
    this.#shelf = new Shelf(context);
    this.#signal = this.#stop.signal;
    this.#unlink = follow(options.signal, this.#stop);
    this.#signal.addEventListener("abort", () => this.#rejectAll(this.#signal.reason), { once: true });
    this.#loops = this.#sources.flatMap((source) => Array.from({ length: lanes }, () => this.#lane(source)));
  }

  /** Wants a block of about `size` bytes, unless it is here. With `keep` its bytes stay in memory for one `get`. */
  async want(cid: CID, size: number, keep: boolean): Promise<void> {
    const key = cid.toString();
    if (this.#wants.has(key) || this.#shelf.holds(key) || this.#absent.has(key)) return;
    if (await this.#context.blocks.has(cid)) {
      this.#options.onArrival?.(size, null);
      return;
    }
    if (!this.#wants.has(key) && !this.#shelf.holds(key)) this.#add(cid, key, size, keep, false);
  }

  /** A block's bytes, from memory, from the disk, or as soon as they have arrived. Null when no source has it. Throws faults of this agent and the signal's reason. */
  async get(cid: CID): Promise<Uint8Array | null> {
    const key = cid.toString();
    const kept = this.#shelf.take(key);
    if (kept !== null) return kept;
    if (this.#absent.has(key)) return null;
    let want = this.#wants.get(key);
    if (want === undefined) {
      const here = await this.#context.blocks.get(cid);
      if (here !== null) return here;
      const arrived = this.#shelf.take(key);
      if (arrived !== null) return arrived;
      want = this.#wants.get(key) ?? this.#add(cid, key, 0, true, true);
    }
    this.#hasten(want);
    try {
      const bytes = await want.here.promise;
      this.#shelf.drop(key);
      return bytes;
    } catch (error) {
      if (error === absent) return null;
      throw error;
    }
  }

  /** Bytes wanted or in memory: a planner that runs ahead of its reader waits while this is large. */
  outstanding(): number {
    return this.#shelf.bytes() + this.#wantedBytes;
  }

  /** Resolves when something changed: a block arrived, was taken, or is known to be nowhere. */
  changed(): Promise<void> {
    return Promise.race([this.#bell.promise, this.#shelf.changed()]);
  }

  /** Drops what is kept in memory and nobody took. */
  forgetKept(): void {
    this.#shelf.clear();
  }

  /** Resolves when nothing is wanted any more and everything that arrived would survive a power cut. Throws faults of this agent and the signal's reason. */
  async settled(): Promise<void> {
    while (this.#wants.size > 0) await this.changed();
    this.#throwFatal();
    this.#options.signal.throwIfAborted();
    await this.#shelf.flush();
  }

  /** Everything that arrived until now is durable when it resolves. */
  flush(): Promise<void> {
    return this.#shelf.flush();
  }

  /** Blocks that no source had, and why the last source failed. */
  missing(): { readonly count: number; readonly cause: unknown } {
    return { count: this.#absent.size, cause: this.#lastFailure };
  }

  sources(): readonly { readonly name: string; readonly bytes: number; readonly rate: number }[] {
    return this.#sources.map(({ name, bytes, rate }) => ({ name, bytes, rate: Math.round(rate) }));
  }

  /** Ends all streams; what arrived is written. Safe to call twice. */
  async close(): Promise<void> {
    this.#stop.abort(fault("FLOW_STOPPING", {}));
    await Promise.allSettled(this.#loops);
    this.#unlink();
    await this.#shelf.settle();
  }

  #add(cid: CID, key: string, size: number, keep: boolean, first: boolean): Want {
    this.#throwFatal();
    this.#signal.throwIfAborted();
    const want: Want = { cid, key, size, keep, here: Promise.withResolvers(), inFlight: new Set(), askedAt: 0 };
    // Who waits for it hears of it; who does not, counts `missing`.
    want.here.promise.catch(() => undefined);
    this.#wants.set(key, want);
    this.#wantedBytes += size;
    if (this.#hopeless(want)) this.#giveUp(want);
    else if (first) this.#ready.unshift(want);
    else this.#ready.push(want);
    this.#ring();
    return want;
  }

  #ring(): void {
    this.#bell.resolve();
    this.#bell = Promise.withResolvers();
  }

  async #lane(source: PullSource): Promise<void> {
    while (!this.#signal.aborted && !source.out) {
      const batch = this.#batchFor(source);
      if (batch.length === 0) await this.#idle();
      else await this.#run(source, batch);
    }
  }

  async #idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, idleMs);
    await Promise.race([this.#bell.promise, promise]);
    clearTimeout(timer);
  }

  #batchFor(source: PullSource): Want[] {
    const may = this.#mayAsk(source);
    const batch: Want[] = [];
    let bytes = source.batchBytes();
    const rest: Want[] = [];
    for (const want of this.#ready) {
      if (!this.#stands(want)) continue;
      if (bytes > 0 && batch.length < mostAsked && !source.lacks.has(want.key) && !want.inFlight.has(source) && (may === null || may(want))) {
        batch.push(want);
        bytes -= want.size;
      } else rest.push(want);
    }
    this.#ready = rest;
    if (batch.length > 0) return batch;
    const trial = source.tried || source.reserve ? [] : this.#trialFor(source);
    return trial.length > 0 ? trial : this.#late(source);
  }

  /** The blocks whose turn comes last, for a source that is to show whether it answers. */
  #trialFor(source: PullSource): Want[] {
    let bytes = this.#ready.reduce((sum, { size }) => sum + size, 0) - trialBeyondBytes;
    if (bytes <= 0) return [];
    bytes = Math.min(bytes, source.batchBytes());
    const trial: Want[] = [];
    for (const want of this.#ready.toReversed()) {
      if (bytes <= 0 || trial.length >= mostAsked) break;
      if (want.inFlight.size > 0 || source.lacks.has(want.key)) continue;
      trial.unshift(want);
      bytes -= want.size;
    }
    this.#ready = this.#ready.filter((want) => !trial.includes(want));
    return trial;
  }

  /** A reader waits for a block: where only sources were asked that have brought nothing yet, the next that is free is asked as well, for all they were asked for. */
  #hasten(want: Want): void {
    const untried = ({ inFlight }: Want): boolean => inFlight.size > 0 && ![...inFlight].some(({ tried }) => tried);
    if (!untried(want) || this.#ready.includes(want)) return;
    this.#ready = [...new Set([want, ...[...this.#wants.values()].filter(untried), ...this.#ready])];
    this.#ring();
  }

  /** Whether all other sources that answer are known to be slower together than a reserve is. */
  #outpaced(reserve: PullSource): boolean {
    const now = this.#context.clock.now();
    const others = this.#sources.filter((one) => !one.reserve && !one.out && one.silentMs(now) < silentAfterMs);
    if (others.some(({ pace }) => pace === 0)) return false;
    return others.reduce((sum, { pace }) => sum + pace, 0) * preferredFrom < (reserve.pace === 0 ? reservePace : reserve.pace);
  }

  /** Tells wants that none of these sources can be expected to bring. */
  #beyond(sources: readonly PullSource[]): (want: Want) => boolean {
    const now = this.#context.clock.now();
    const asked = sources.filter((one) => !one.out && one.silentMs(now) < silentAfterMs);
    return (want) => asked.every((one) => one.lacks.has(want.key));
  }

  /** Which wants a source may be asked for now: all (null), or those that no better one brings. */
  #mayAsk(source: PullSource): ((want: Want) => boolean) | null {
    if (source.reserve) return this.#outpaced(source) ? null : this.#beyond(this.#sources.filter((one) => !one.reserve));
    return source.tried ? null : this.#beyond(this.#sources.filter((one) => one.tried && !one.reserve));
  }

  /** What other sources were asked for and are late with. */
  #late(source: PullSource): Want[] {
    const now = this.#context.clock.now();
    const late: Want[] = [];
    for (const want of this.#wants.values()) {
      if (want.inFlight.size === 0 || want.inFlight.has(source) || source.lacks.has(want.key)) continue;
      // Several may be asked in vain already: each gets its time, and then the next one its turn.
      const others = [...want.inFlight];
      const promised = others.reduce((most, other) => (other.rate === 0 ? most : Math.max(most, (lateBy * other.batchBytes() * 1000) / other.rate)), lateAfterMs);
      const faster = others.length === 1 && others.every((other) => source.rate > 4 * other.rate) && now - want.askedAt > idleMs;
      if (faster || now - want.askedAt > promised) late.push(want);
      if (late.length >= 16) break;
    }
    return late;
  }

  async #run(source: PullSource, batch: readonly Want[]): Promise<void> {
    const { clock } = this.#context;
    const begun = clock.now();
    source.asking(begun);
    for (const want of batch) {
      want.inFlight.add(source);
      want.askedAt = begun;
    }
    const stop = new AbortController();
    const unlink = follow(this.#signal, stop);
    let bytes = 0;
    let failure: { readonly error: unknown } | null = null;
    try {
      for await (const block of source.read(batch.map(({ cid }) => cid), stop.signal)) {
        source.heard(clock.now());
        bytes += await this.#arrived(source, block.cid, block.bytes);
        // All of it came from somewhere else meanwhile: the rest of the stream is not needed.
        if (!batch.some((want) => this.#stands(want))) break;
      }
    } catch (error) {
      failure = { error };
    }
    unlink();
    stop.abort();
    source.answered();
    source.brought(bytes, clock.now() - begun);
    for (const want of batch) want.inFlight.delete(source);
    if (this.#signal.aborted) return;
    if (failure === null) for (const want of batch) if (this.#stands(want)) source.lacks.add(want.key);
    if (failure !== null) this.#failed(source, failure.error);
    this.#again(batch);
    if (failure !== null && !source.out) await clock.sleep(pauseMs, this.#signal).catch(() => undefined);
  }

  async #arrived(source: PullSource, cid: CID, bytes: Uint8Array): Promise<number> {
    const key = cid.toString();
    const want = this.#wants.get(key);
    // Only what was asked for is kept: a source cannot fill our disk with anything else.
    if (want === undefined) return 0;
    // Off the list and on the shelf in one step: between the two it would be wanted again.
    this.#unwant(want);
    const written = this.#shelf.put({ cid: want.cid, bytes }, want.keep);
    want.here.resolve(bytes);
    await written;
    this.#options.onArrival?.(bytes.length, source.name);
    this.#ring();
    return bytes.length;
  }

  #failed(source: PullSource, error: unknown): void {
    if (ours(error)) {
      this.#fatal ??= { error };
      this.#stop.abort(error);
      this.#rejectAll(error);
      return;
    }
    this.#lastFailure = error;
    const out = source.failed();
    this.#context.log.warn("a source of blocks failed", { source: source.name, givenUp: out }, error);
    if (out) for (const want of [...this.#ready]) if (this.#hopeless(want)) this.#giveUp(want);
  }

  /** Puts what a batch did not bring back in front, or gives it up when nobody is left to ask. */
  #again(batch: readonly Want[]): void {
    const left = batch.filter((want) => this.#stands(want) && want.inFlight.size === 0);
    this.#ready = [...left, ...this.#ready.filter((want) => !left.includes(want))];
    for (const want of left) if (this.#hopeless(want)) this.#giveUp(want);
    this.#ring();
  }

  /** Whether this very want is open: the same block may have come, been given up and be wanted anew. */
  #stands(want: Want): boolean {
    return this.#wants.get(want.key) === want;
  }

  #unwant(want: Want): void {
    if (!this.#stands(want)) return;
    this.#wants.delete(want.key);
    this.#wantedBytes -= want.size;
  }

  #hopeless(want: Want): boolean {
    return want.inFlight.size === 0 && this.#sources.every((source) => source.out || source.lacks.has(want.key));
  }

  #giveUp(want: Want): void {
    if (!this.#stands(want)) return;
    this.#unwant(want);
    this.#ready = this.#ready.filter((one) => one !== want);
    this.#absent.add(want.key);
    want.here.reject(absent);
    this.#ring();
  }

  #rejectAll(error: unknown): void {
    for (const want of this.#wants.values()) want.here.reject(error);
    this.#wants.clear();
    this.#wantedBytes = 0;
    this.#ready = [];
    this.#ring();
  }

  #throwFatal(): void {
    if (this.#fatal !== null) throw this.#fatal.error;
  }
}

/** Aborts a controller when a signal aborts; the result ends that. `AbortSignal.any` would keep a link for every batch of a long fetch until it is collected. */
function follow(signal: AbortSignal, controller: AbortController): () => void {
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}

/** Why a want is given up: no source has the block. */
const absent = Symbol("no source has the block");
