import type { LedgerFact } from "../model/ledger-events.ts";
import type { ConsentClass, CreditTier, MemberStatus } from "../model/ledger-views.ts";
import type { Hex } from "./columns.ts";

/** Kinds by number as kept in the file: append, never reorder (or raise the schema version). */
export const eventKinds = [
  "MemberAdmitted",
  "MemberStatusChanged",
  "MemberProfileChanged",
  "MemberNodesChanged",
  "GovernorReplaced",
  "OperatorAdded",
  "OperatorRemoved",
  "StudyRegistered",
  "StudySuperseded",
  "StudyWithdrawn",
  "ConsentGranted",
  "ConsentRevoked",
  "AccessRequested",
  "KeyDelivered",
  "AccessAcknowledged",
  "AccessDisputed",
  "RequestExpired",
  "AccessReviewed",
  "LogAnchored",
  "CreditChanged",
  "CreditTierChanged",
  "ConsortiumNotice",
  "Unknown",
] as const satisfies readonly LedgerFact["kind"][];

/** Fails to compile when a kind of fact is missing from the list above. */
type Missing = Exclude<LedgerFact["kind"], (typeof eventKinds)[number]>;
export const allKindsListed: [Missing] extends [never] ? true : Missing = true;

export const memberStatuses = ["active", "suspended", "expelled"] as const satisfies readonly MemberStatus[];
export const consentClasses = ["signed", "attested"] as const satisfies readonly ConsentClass[];
export const creditTiers = ["bronze", "silver", "gold"] as const satisfies readonly CreditTier[];

/** A fact spread over columns. What a kind does not use stays null; `rest` is JSON or plain text, by kind. */
export type EventRow = {
  study: Hex | null;
  patient: Hex | null;
  request: Hex | null;
  m1: number | null;
  m2: number | null;
  m3: number | null;
  n1: number | null;
  n2: number | null;
  n3: number | null;
  digest: Hex | null;
  account: Hex | null;
  rest: string | null;
};

export const emptyRow: Readonly<EventRow> = Object.freeze({
  study: null,
  patient: null,
  request: null,
  m1: null,
  m2: null,
  m3: null,
  n1: null,
  n2: null,
  n3: null,
  digest: null,
  account: null,
  rest: null,
});
