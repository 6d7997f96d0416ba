import { Fault, fault } from "../model/fault.ts";
import type { BlockRef } from "../ports/ledger.ts";

export type LedgerPhase = "starting" | "replaying" | "following" | "alarm" | "stopped";

/** What the observing loop tells the rest of the agent about the chain and the local index. */
export class LedgerWatch {
  readonly #now: () => number;
  readonly #staleAfterMs: number;
  #phase: LedgerPhase = "starting";
  #head: BlockRef | null = null;
  #cursor: BlockRef | null = null;
  #error: Fault | null = null;

  constructor(now: () => number, staleAfterSeconds: number) {
    this.#now = now;
    this.#staleAfterMs = staleAfterSeconds * 1000;
  }

  moved(cursor: BlockRef, head: BlockRef): void {
    this.#cursor = cursor;
    this.#head = head;
    this.#error = null;
    if (this.#phase !== "alarm") this.#phase = cursor.number >= head.number ? "following" : "replaying";
  }

  /** A failure that is retried; the index stays as it is and ages. */
  failed(error: unknown): void {
    this.#error = error instanceof Fault ? error : fault("LEDGER_UNREACHABLE", { method: "follow", reason: "unexpected error" }, error);
  }

  /** The node does not have what the index is built on, as one that is catching up: nothing is decided until it has. */
  doubted(error: Fault): void {
    if (this.#phase !== "alarm") this.#phase = "replaying";
    this.#error = error;
  }

  /** A failure that no retry mends: the agent decides and writes nothing any more. */
  alarm(error: Fault): void {
    this.#phase = "alarm";
    this.#error = error;
  }

  stopped(): void {
    if (this.#phase !== "alarm") this.#phase = "stopped";
  }

  /** Present state. `headAgeSeconds` is null before the first block was seen. */
  view(): { phase: LedgerPhase; head: BlockRef | null; cursor: BlockRef | null; headAgeSeconds: number | null; error: Fault | null } {
    const headAgeSeconds = this.#cursor === null ? null : Math.max(0, Math.round((this.#now() - this.#cursor.timestamp * 1000) / 1000));
    return { phase: this.#phase, head: this.#head, cursor: this.#cursor, headAgeSeconds, error: this.#error };
  }

  /** Why the index must not be acted on, or null when it is caught up and fresh. */
  unfit(): Fault | null {
    const view = this.view();
    if (view.phase === "alarm" && view.error !== null) return view.error;
    if (view.phase !== "following" || view.cursor === null) return view.error ?? fault("LEDGER_CATCHING_UP", { at: view.cursor?.number ?? 0, head: view.head?.number ?? 0 });
    const limitSeconds = this.#staleAfterMs / 1000;
    if ((view.headAgeSeconds ?? 0) > limitSeconds) return fault("LEDGER_STALE", { head: view.cursor.number, ageSeconds: view.headAgeSeconds ?? 0, limitSeconds });
    return null;
  }

  /** Throws what `unfit` says. */
  demandFit(): void {
    const why = this.unfit();
    if (why !== null) throw why;
  }
}
