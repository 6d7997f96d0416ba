import type { Identity } from "../envelope/identity.ts";
import { unwrapSessionKey } from "../envelope/session-key.ts";
import { fault } from "../model/fault.ts";
import type { StudyId } from "../model/ids.ts";
import type { StudyRecord } from "../ports/catalogue.ts";

/** Unwrapped study keys in memory: the least recently used goes first, a dropped study's key goes at once. */
export class SessionKeys {
  readonly #privateKey: Identity["privateKey"];
  readonly #limit: number;
  readonly #keys = new Map<StudyId, Promise<Buffer>>();

  constructor(privateKey: Identity["privateKey"], limit = 512) {
    this.#privateKey = privateKey;
    this.#limit = limit;
  }

  /** The 32-byte key of a study here. Throws STUDY_GONE for a dropped one and what `unwrapSessionKey` throws. */
  async of(record: Pick<StudyRecord, "study" | "wrappedKey" | "droppedBecause">): Promise<Buffer> {
    const { study, wrappedKey } = record;
    const known = this.#keys.get(study);
    if (known !== undefined) {
      this.#keys.delete(study);
      this.#keys.set(study, known);
      return await known;
    }
    if (wrappedKey === null) throw fault("STUDY_GONE", { because: record.droppedBecause ?? "STUDY_WITHDRAWN" });
    const key = unwrapSessionKey(wrappedKey, this.#privateKey);
    this.#keys.set(study, key);
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= this.#limit) break;
      this.#keys.delete(oldest);
    }
    // A failed unwrap must not be remembered: the next record may carry another wrapped key.
    key.catch(() => this.#keys.delete(study));
    return await key;
  }

  /** Remembers a key that was just made or unwrapped. */
  put(study: StudyId, key: Buffer): void {
    this.#keys.set(study, Promise.resolve(key));
  }

  drop(study: StudyId): void {
    this.#keys.delete(study);
  }
}
