import type { LedgerEvent } from "../../model/ledger-events.ts";

/** Every kind of event by name; the compiler demands an entry for each, so a new kind cannot be forgotten in the filter. */
const kinds: Readonly<Record<LedgerEvent["kind"], true>> = {
  MemberAdmitted: true,
  MemberStatusChanged: true,
  MemberProfileChanged: true,
  MemberNodesChanged: true,
  GovernorReplaced: true,
  OperatorAdded: true,
  OperatorRemoved: true,
  StudyRegistered: true,
  StudySuperseded: true,
  StudyWithdrawn: true,
  ConsentGranted: true,
  ConsentRevoked: true,
  AccessRequested: true,
  KeyDelivered: true,
  AccessAcknowledged: true,
  AccessDisputed: true,
  RequestExpired: true,
  AccessReviewed: true,
  LogAnchored: true,
  CreditChanged: true,
  CreditTierChanged: true,
  ConsortiumNotice: true,
  Unknown: true,
};

export const ledgerFactKinds = Object.keys(kinds) as readonly LedgerEvent["kind"][];
