import type { Fault } from "../model/fault.ts";
import type { MemberId, StudyId } from "../model/ids.ts";

/** An own study and how many institutions keep it, of how many. */
export type ThinStudy = { readonly study: StudyId; readonly have: number; readonly want: number };

export type PinView = {
  /** Why this institution's IPFS cannot be used now; null when it can, or was not looked at yet. */
  readonly error: Fault | null;
  /** Roots of anybody that some peer is late with, or has failed at. */
  readonly underWay: number;
  readonly failed: number;
  /** Milliseconds since the oldest copy that is not in place was asked for; 0 when there is none. */
  readonly oldestMs: number;
  /** Roots the own Kubo keeps; null before the first count. */
  readonly keptRoots: number | null;
  /** Connected cluster peers that no active member has registered. */
  readonly strangers: readonly string[];
  /** Other hospitals' cluster peers in the registry, and how many of them are connected. */
  readonly registered: number;
  readonly connected: number;
  /** Members whose Kubo has given no sign for some looks, or has no room. */
  readonly silent: readonly MemberId[];
  /** Own registered studies with too few copies, as last counted. */
  readonly thin: readonly ThinStudy[];
  /** When the last look that got its answers was, ms; null before the first. */
  readonly lookedAt: number | null;
};

/** Looks in a row that must fail before it is said aloud: a daemon that is started anew is away for some seconds. */
const patience = 3;

/** What the last looks at the institution's IPFS showed, and which own studies want to be looked at before their turn. */
export class PinWatch {
  #view: PinView = { error: null, underWay: 0, failed: 0, oldestMs: 0, keptRoots: null, strangers: [], registered: 0, connected: 0, silent: [], thin: [], lookedAt: null };
  #failures = 0;
  readonly #suspects = new Set<StudyId>();

  view(): PinView {
    return this.#view;
  }

  seen(change: Partial<Omit<PinView, "error">>): void {
    this.#failures = 0;
    this.#view = { ...this.#view, ...change, error: null };
  }

  /** An unreachable daemon is an error after some looks; one that is not private at once. */
  failed(error: Fault): void {
    this.#failures++;
    if (this.#failures >= patience || error.code === "IPFS_NOT_PRIVATE") this.#view = { ...this.#view, error };
  }

  suspect(study: StudyId): void {
    this.#suspects.add(study);
  }

  /** Gives a suspect up to whoever looks at it; false when it is none. */
  takeSuspect(study: StudyId): boolean {
    return this.#suspects.delete(study);
  }
}
