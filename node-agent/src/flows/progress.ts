import type { MemberId, RequestId, StudyId } from "../model/ids.ts";

/** `blocks`: what is in the study is not known yet; `verifying`: objects are checked while they arrive. Paused and cancelled fetches wait for a person. */
export const fetchPhases = ["key", "blocks", "verifying", "done", "failed", "paused", "cancelled"] as const;
export type FetchPhase = (typeof fetchPhases)[number];

/** Where the fetch of one study stands. Bytes are of ciphertext; `total` is 0 until the root has been read. */
export type FetchProgress = {
  readonly study: StudyId;
  readonly request: RequestId | null;
  readonly custodian: MemberId;
  readonly phase: FetchPhase;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly objectsDone: number;
  readonly objectsTotal: number;
  /** Bytes per second of the last seconds, and seconds that the rest takes at this pace; null while neither can be said. */
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
  /** Who gave how many bytes: "member 2", the hospital's own store. */
  readonly sources: readonly { readonly name: string; readonly bytes: number }[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly updatedAt: number;
  /** Code of the last failure, null when there was none. */
  readonly error: string | null;
};

/** Fetches under way and the last ones that ended, in memory: a restarted agent fetches on and reports anew. */
export class ProgressBoard {
  readonly #rows = new Map<StudyId, FetchProgress>();
  readonly #limit: number;

  constructor(limit = 1000) {
    this.#limit = limit;
  }

  set(row: FetchProgress): void {
    this.#rows.delete(row.study);
    this.#rows.set(row.study, row);
    for (const [study, old] of this.#rows) {
      if (this.#rows.size <= this.#limit) break;
      if (old.phase !== "key" && old.phase !== "blocks" && old.phase !== "verifying") this.#rows.delete(study);
    }
  }

  get(study: StudyId): FetchProgress | null {
    return this.#rows.get(study) ?? null;
  }

  /** Latest change first. */
  list(): FetchProgress[] {
    return [...this.#rows.values()].reverse();
  }
}
