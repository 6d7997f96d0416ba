import type { MemberId, RequestId, StudyId } from "../model/ids.ts";

/** Where the fetch of one study stands. Bytes are of ciphertext; `total` is 0 until the root has been read. */
export type FetchProgress = {
  readonly study: StudyId;
  readonly request: RequestId | null;
  readonly custodian: MemberId;
  readonly phase: "key" | "blocks" | "verifying" | "done" | "failed";
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly objectsDone: number;
  readonly objectsTotal: number;
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
      if (old.phase === "done" || old.phase === "failed") this.#rows.delete(study);
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
