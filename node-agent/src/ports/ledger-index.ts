import type { LedgerEvent } from "../model/ledger-events.ts";
import type { Address, MemberId, RequestId, StudyId } from "../model/ids.ts";
import type { ConsentView, CreditView, MemberView, RequestView, StudyView } from "../model/ledger-views.ts";
import type { BlockRef, LedgerBatch } from "./ledger.ts";

/** One line of a study's, member's or patient's history; `event` carries everything, newest first in listings. */
export type HistoryQuery = {
  readonly study?: StudyId;
  readonly member?: MemberId;
  readonly patients?: readonly Address[];
  readonly request?: RequestId;
  readonly kinds?: readonly LedgerEvent["kind"][];
  /** Page size, at most 1000. */
  readonly limit: number;
  /** Exclusive upper bound from the previous page's `next`. */
  readonly before?: { readonly block: number; readonly logIndex: number };
  /** Oldest first instead of newest first. */
  readonly ascending?: boolean;
};
export type HistoryPage = { readonly events: readonly LedgerEvent[]; readonly next: { readonly block: number; readonly logIndex: number } | null };

/**
 * The chain as a local database: a function of the events alone, rebuilt from nothing by replay. All reads are synchronous and local.
 * `apply` is one transaction per batch and moves the cursor with it, so a crash leaves either both or neither.
 */
export type LedgerIndex = {
  cursor(): BlockRef | null;
  /** Applies batches in order. Throws LEDGER_INDEX_GAP when a batch does not follow the cursor; a batch at or below the cursor is refused the same way. */
  apply(batches: readonly LedgerBatch[]): void;
  history(query: HistoryQuery): HistoryPage;
  member(id: MemberId): MemberView | null;
  members(): MemberView[];
  /** The member whose current TLS key has this SPKI digest and who is active; null otherwise. */
  memberBySpki(spkiSha256: string): MemberView | null;
  study(id: StudyId): StudyView | null;
  /** Studies by custodian, by patient addresses, or open to a grantee by an unexpired consent (specific or any-hospital) at `at` seconds. */
  studies(filter: { readonly custodian?: MemberId; readonly patients?: readonly Address[]; readonly consentedTo?: MemberId; readonly at?: number }): StudyView[];
  consent(study: StudyId, grantee: MemberId): ConsentView | null;
  consents(study: StudyId): ConsentView[];
  /** The consent (specific before any-hospital) that covers `purpose` for the grantee at `at` seconds, or null. */
  consentFor(study: StudyId, grantee: MemberId, purpose: RequestView["purpose"], at: number): ConsentView | null;
  request(id: RequestId): RequestView | null;
  requests(filter: {
    readonly study?: StudyId;
    readonly requester?: MemberId;
    readonly custodian?: MemberId;
    readonly states?: readonly RequestView["state"][];
    readonly review?: RequestView["review"];
    readonly patients?: readonly Address[];
    readonly limit?: number;
  }): RequestView[];
  /** Last score an event reported, undecayed (the chain decays lazily; ask the ledger for the present score). */
  lastCredit(subject: MemberId | Address): Pick<CreditView, "subject" | "score"> | null;
  counts(): { readonly events: number; readonly studies: number; readonly requests: number; readonly unknown: number };
  close(): void;
};
