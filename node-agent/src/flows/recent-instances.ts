import type { Part10 } from "../dicom/instance-reader.ts";
import type { StudyId, Uid } from "../model/ids.ts";

/** Where everything lies in the instances last asked for frames or bulk values: the next frame of a large one costs no second reading. */
export class RecentInstances {
  readonly #limit: number;
  readonly #kept = new Map<Uid, { readonly study: StudyId; readonly part10: Promise<Part10> }>();

  constructor(limit = 16) {
    this.#limit = limit;
  }

  async get(study: StudyId, uid: Uid, parse: () => Promise<Part10>): Promise<Part10> {
    const kept = this.#kept.get(uid)?.part10 ?? parse();
    this.#kept.delete(uid);
    this.#kept.set(uid, { study, part10: kept });
    kept.catch(() => this.#kept.delete(uid));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#limit && oldest !== undefined) this.#kept.delete(oldest);
    return await kept;
  }

  /** Forgets a study whose key is gone. */
  drop(study: StudyId): void {
    for (const [uid, kept] of this.#kept) if (kept.study === study) this.#kept.delete(uid);
  }
}
