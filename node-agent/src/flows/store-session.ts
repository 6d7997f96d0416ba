import type { Identifiers } from "../dicom/identifiers.ts";
import type { Fault } from "../model/fault.ts";
import type { StudyId, Uid } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";

/** What became of one offered instance. `identifiers` holds what could be read, for the STOW-RS response; never for logs. */
export type StoreOutcome =
  | { readonly outcome: "stored" | "present"; readonly study: StudyId; readonly identifiers: Identifiers }
  | { readonly outcome: "failed"; readonly fault: Fault; readonly failureReason: number; readonly identifiers: Partial<Identifiers> };

/** One upload. `add` may be called for the next instance once the previous call has resolved. */
export type StoreSession = {
  /**
   * Reads one Part 10 instance to its end, encrypts it and hands the blocks over for storing. Never throws for what is wrong with the
   * instance (that is an outcome); throws when `source` throws (a cut upload: nothing of this instance is kept) and for faults of the agent.
   */
  add(source: AsyncIterable<Uint8Array>): Promise<StoreOutcome>;
  /**
   * Makes everything added durable, blocks first, then the catalogue in one transaction, and returns the final outcomes in order of `add`
   * (a conflict with another upload that finished meanwhile shows only here). Only after it resolves may the sender be told 200 or 202.
   */
  commit(): Promise<readonly StoreOutcome[]>;
  /** Drops what was added and not committed. Safe to call after commit. */
  abandon(): Promise<void>;
};

/** Opens an upload; `study` restricts it to one Study Instance UID (STOW-RS with the study in the address). Throws STORAGE_LOW. */
export declare function openStoreSession(context: HospitalContext, input: { readonly study?: Uid }): Promise<StoreSession>;
