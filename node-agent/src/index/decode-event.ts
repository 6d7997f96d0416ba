import { type Address, type Digest, digest, memberId, type RequestId, type StudyId } from "../model/ids.ts";
import type { LedgerEvent, LedgerFact } from "../model/ledger-events.ts";
import { denialReasons, type MemberNode, type MemberProfile } from "../model/ledger-views.ts";
import { purposes, purposesOf } from "../model/purpose.ts";
import { hexOf, integer, integerOrNull, named, type Row, text } from "./columns.ts";
import { consentClasses, creditTiers, eventKinds, memberStatuses } from "./event-row.ts";
import { logsPerBlock } from "./ledger-schema.ts";

const member = (row: Row, column: string) => memberId(integer(row, column));
// Lengths are checked, forms are not: hex made of 20 or 32 bytes has the form, and a page may hold thousands.
const study = (row: Row) => hexOf(row, "study", 32) as StudyId;
const request = (row: Row) => hexOf(row, "request", 32) as RequestId;
const patient = (row: Row) => hexOf(row, "patient", 20) as Address;
const account = (row: Row) => hexOf(row, "account", 20) as Address;
const subject = (row: Row) => (row["m1"] === null ? patient(row) : member(row, "m1"));
const parties = (row: Row) => ({ request: request(row), study: study(row), requester: member(row, "m1"), custodian: member(row, "m2") });
const digestOf = (row: Row) => hexOf(row, "digest", 32) as Digest;
/** What this program itself wrote as JSON; the file is checked when opened, so the shape is trusted. */
const rest = <Value>(row: Row): Value => JSON.parse(text(row, "rest")) as Value;

type AdmittedRest = Pick<Extract<LedgerFact, { kind: "MemberAdmitted" }>, "memberKind" | "governor" | "operators" | "profile">;
type NoticeRest = Pick<Extract<LedgerFact, { kind: "ConsortiumNotice" }>, "name" | "values">;
type UnknownRest = Pick<Extract<LedgerFact, { kind: "Unknown" }>, "topics" | "data">;

/** The event of a row whose `study`, `patient`, `request` and `account` have been joined to their bytes. */
export function decodeEvent(row: Row): LedgerEvent {
  const seq = integer(row, "seq");
  const logIndex = seq % logsPerBlock;
  return { ...factOf(row), block: (seq - logIndex) / logsPerBlock, timestamp: integer(row, "timestamp"), logIndex, transaction: hexOf(row, "tx", 32) as Digest };
}

function factOf(row: Row): LedgerFact {
  const kind = named(eventKinds, integer(row, "kind"));
  switch (kind) {
    case "MemberAdmitted":
      return { kind, member: member(row, "m1"), ...rest<AdmittedRest>(row) };
    case "MemberStatusChanged":
      return { kind, member: member(row, "m1"), status: named(memberStatuses, integer(row, "n1")) };
    case "MemberProfileChanged":
      return { kind, member: member(row, "m1"), profile: rest<MemberProfile>(row) };
    case "MemberNodesChanged":
      return { kind, member: member(row, "m1"), nodes: rest<MemberNode[]>(row) };
    case "GovernorReplaced":
      return { kind, member: member(row, "m1"), governor: account(row) };
    case "OperatorAdded":
    case "OperatorRemoved":
      return { kind, member: member(row, "m1"), operator: account(row) };
    case "StudyRegistered":
      return { kind, study: study(row), custodian: member(row, "m1"), patient: patient(row), root: digestOf(row) };
    case "StudySuperseded":
      return { kind, study: study(row), custodian: member(row, "m1"), patient: patient(row), root: digestOf(row), version: integer(row, "n1") };
    case "StudyWithdrawn":
      return { kind, study: study(row), custodian: member(row, "m1"), patient: patient(row), reason: integer(row, "n1") };
    case "ConsentGranted":
      return {
        kind,
        study: study(row),
        grantee: member(row, "m1"),
        patient: patient(row),
        purposes: purposesOf(integer(row, "n1") >> 1),
        notBefore: integer(row, "n2"),
        expiry: integer(row, "n3"),
        class: named(consentClasses, integer(row, "n1") & 1),
        creditAccount: account(row),
        nonce: Number(text(row, "rest")),
        relayer: member(row, "m2"),
      };
    case "ConsentRevoked":
      return {
        kind,
        study: study(row),
        grantee: member(row, "m1"),
        patient: patient(row),
        class: integer(row, "n1") < 0 ? null : named(consentClasses, integer(row, "n1")),
        byCustodian: integer(row, "n2") === 1,
        nonce: integer(row, "n3"),
        relayer: member(row, "m2"),
      };
    case "AccessRequested": {
      const flags = integer(row, "n2");
      const decision = { granted: (flags & 2) !== 0, reason: named(denialReasons, flags >> 2), emergency: (flags & 1) !== 0 };
      return { kind, ...parties(row), patient: patient(row), purpose: named(purposes, integer(row, "n1")), ...decision, dueBy: integer(row, "n3") };
    }
    case "KeyDelivered":
      return { kind, ...parties(row), keyDigest: digestOf(row) };
    case "AccessAcknowledged":
      return { kind, ...parties(row), receipt: digestOf(row) };
    case "AccessDisputed":
      return { kind, request: request(row), study: study(row), by: member(row, "m1"), reason: integer(row, "n1") };
    case "RequestExpired":
      return { kind, ...parties(row), penalised: integer(row, "n1") === 1 };
    case "AccessReviewed":
      return {
        kind,
        request: request(row),
        study: study(row),
        accused: member(row, "m1"),
        reviewer: account(row),
        justified: integer(row, "n1") === 1,
        note: digestOf(row),
      };
    case "LogAnchored":
      return { kind, member: member(row, "m1"), previousRoot: digest(text(row, "rest")), root: digestOf(row), size: integer(row, "n1") };
    case "CreditChanged": {
      const other = integerOrNull(row, "m2");
      const counterparty = other === null ? null : memberId(other);
      return { kind, subject: subject(row), cause: text(row, "rest"), counterparty, delta: integer(row, "n1"), score: integer(row, "n2") };
    }
    case "CreditTierChanged":
      return { kind, subject: subject(row), tier: named(creditTiers, integer(row, "n1")) };
    case "ConsortiumNotice":
      return { kind, contract: account(row), ...rest<NoticeRest>(row) };
    case "Unknown":
      return { kind, contract: account(row), ...rest<UnknownRest>(row) };
  }
}
