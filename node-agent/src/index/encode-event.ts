import type { LedgerFact } from "../model/ledger-events.ts";
import { denialReasons } from "../model/ledger-views.ts";
import { purposeMask, purposes } from "../model/purpose.ts";
import { consentClasses, creditTiers, emptyRow, type EventRow, memberStatuses } from "./event-row.ts";

/** Puts a fact into columns; `decodeEvent` is its inverse. Two small flags or enums share a number where the row would else need another column. */
export function encodeEvent(fact: LedgerFact): EventRow {
  switch (fact.kind) {
    case "MemberAdmitted": {
      const { memberKind, governor, operators, profile } = fact;
      return { ...emptyRow, m1: fact.member, rest: JSON.stringify({ memberKind, governor, operators, profile }) };
    }
    case "MemberStatusChanged":
      return { ...emptyRow, m1: fact.member, n1: memberStatuses.indexOf(fact.status) };
    case "MemberProfileChanged":
      return { ...emptyRow, m1: fact.member, rest: JSON.stringify(fact.profile) };
    case "MemberNodesChanged":
      return { ...emptyRow, m1: fact.member, rest: JSON.stringify(fact.nodes) };
    case "GovernorReplaced":
      return { ...emptyRow, m1: fact.member, account: fact.governor };
    case "OperatorAdded":
    case "OperatorRemoved":
      return { ...emptyRow, m1: fact.member, account: fact.operator };
    case "StudyRegistered":
      return { ...emptyRow, study: fact.study, m1: fact.custodian, patient: fact.patient, digest: fact.root };
    case "StudySuperseded":
      return { ...emptyRow, study: fact.study, m1: fact.custodian, patient: fact.patient, digest: fact.root, n1: fact.version };
    case "StudyWithdrawn":
      return { ...emptyRow, study: fact.study, m1: fact.custodian, patient: fact.patient, n1: fact.reason };
    case "ConsentGranted":
      return {
        ...emptyRow,
        study: fact.study,
        patient: fact.patient,
        m1: fact.grantee,
        m2: fact.relayer,
        n1: purposeMask(fact.purposes) * 2 + consentClasses.indexOf(fact.class),
        n2: fact.notBefore,
        n3: fact.expiry,
        account: fact.creditAccount,
        rest: String(fact.nonce),
      };
    case "ConsentRevoked":
      return {
        ...emptyRow,
        study: fact.study,
        patient: fact.patient,
        m1: fact.grantee,
        m2: fact.relayer,
        n1: fact.class === null ? -1 : consentClasses.indexOf(fact.class),
        n2: fact.byCustodian ? 1 : 0,
        n3: fact.nonce,
      };
    case "AccessRequested":
      return {
        ...emptyRow,
        request: fact.request,
        study: fact.study,
        patient: fact.patient,
        m1: fact.requester,
        m2: fact.custodian,
        n1: purposes.indexOf(fact.purpose),
        n2: denialReasons.indexOf(fact.reason) * 4 + (fact.granted ? 2 : 0) + (fact.emergency ? 1 : 0),
        n3: fact.dueBy,
      };
    case "KeyDelivered":
      return { ...emptyRow, request: fact.request, study: fact.study, m1: fact.requester, m2: fact.custodian, digest: fact.keyDigest };
    case "AccessAcknowledged":
      return { ...emptyRow, request: fact.request, study: fact.study, m1: fact.requester, m2: fact.custodian, digest: fact.receipt };
    case "AccessDisputed":
      return { ...emptyRow, request: fact.request, study: fact.study, m1: fact.by, n1: fact.reason };
    case "RequestExpired":
      return { ...emptyRow, request: fact.request, study: fact.study, m1: fact.requester, m2: fact.custodian, n1: fact.penalised ? 1 : 0 };
    case "AccessReviewed":
      return { ...emptyRow, request: fact.request, study: fact.study, m1: fact.accused, account: fact.reviewer, n1: fact.justified ? 1 : 0, digest: fact.note };
    case "LogAnchored":
      return { ...emptyRow, m1: fact.member, n1: fact.size, digest: fact.root, rest: fact.previousRoot };
    case "CreditChanged":
      return { ...emptyRow, ...subject(fact.subject), m2: fact.counterparty, n1: fact.delta, n2: fact.score, rest: fact.cause };
    case "CreditTierChanged":
      return { ...emptyRow, ...subject(fact.subject), n1: creditTiers.indexOf(fact.tier) };
    case "ConsortiumNotice":
      return { ...emptyRow, account: fact.contract, rest: JSON.stringify({ name: fact.name, values: fact.values }) };
    case "Unknown":
      return { ...emptyRow, account: fact.contract, rest: JSON.stringify({ topics: fact.topics, data: fact.data }) };
  }
}

/** A credit account stands where patients stand, so that its owner finds its events among the patient's. */
function subject(of: Extract<LedgerFact, { kind: "CreditChanged" }>["subject"]): Partial<EventRow> {
  return typeof of === "number" ? { m1: of } : { patient: of };
}
