import type { Address, Digest, MemberId, RequestId, StudyId } from "./ids.ts";
import type { ConsentClass, DenialReason, MemberKind, MemberProfile, MemberStatus } from "./ledger-views.ts";
import type { Purpose } from "./purpose.ts";

/** Where an event stands on the chain. (block, logIndex) orders all events; `timestamp` is the block's, in seconds. */
export type EventPosition = {
  readonly block: number;
  readonly timestamp: number;
  readonly logIndex: number;
  readonly transaction: Digest;
  /** Operator address that sent the transaction is not known from a log; contracts name the acting member where it matters. */
};

/** What happened, in the contracts' words. Enough to rebuild every view (design 3). */
export type LedgerFact =
  | { readonly kind: "MemberAdmitted"; readonly member: MemberId; readonly memberKind: MemberKind; readonly governor: Address }
  | { readonly kind: "MemberStatusChanged"; readonly member: MemberId; readonly status: MemberStatus }
  | { readonly kind: "MemberProfileChanged"; readonly member: MemberId; readonly profile: MemberProfile }
  | { readonly kind: "MemberNodesChanged"; readonly member: MemberId }
  | { readonly kind: "OperatorAdded"; readonly member: MemberId; readonly operator: Address }
  | { readonly kind: "OperatorRemoved"; readonly member: MemberId; readonly operator: Address }
  | {
      readonly kind: "StudyRegistered";
      readonly study: StudyId;
      readonly custodian: MemberId;
      readonly patient: Address;
      readonly root: Digest;
    }
  | {
      readonly kind: "StudySuperseded";
      readonly study: StudyId;
      readonly custodian: MemberId;
      readonly patient: Address;
      readonly root: Digest;
      readonly version: number;
    }
  | { readonly kind: "StudyWithdrawn"; readonly study: StudyId; readonly custodian: MemberId; readonly patient: Address; readonly reason: number }
  | {
      readonly kind: "ConsentGranted";
      readonly study: StudyId;
      readonly grantee: MemberId;
      readonly patient: Address;
      readonly purposes: readonly Purpose[];
      readonly notBefore: number;
      readonly expiry: number;
      readonly class: ConsentClass;
      readonly creditAccount: Address;
      readonly relayer: MemberId;
    }
  | {
      readonly kind: "ConsentRevoked";
      readonly study: StudyId;
      readonly grantee: MemberId;
      readonly patient: Address;
      readonly class: ConsentClass;
      readonly relayer: MemberId;
    }
  | {
      readonly kind: "AccessRequested";
      readonly request: RequestId;
      readonly study: StudyId;
      readonly requester: MemberId;
      readonly custodian: MemberId;
      readonly patient: Address;
      readonly purpose: Purpose;
      readonly granted: boolean;
      readonly reason: DenialReason;
      readonly emergency: boolean;
    }
  | { readonly kind: "KeyDelivered"; readonly request: RequestId; readonly study: StudyId; readonly keyDigest: Digest }
  | { readonly kind: "AccessAcknowledged"; readonly request: RequestId; readonly study: StudyId; readonly receipt: Digest }
  | { readonly kind: "AccessDisputed"; readonly request: RequestId; readonly study: StudyId; readonly reason: number }
  | { readonly kind: "RequestExpired"; readonly request: RequestId; readonly study: StudyId }
  | {
      readonly kind: "AccessReviewed";
      readonly request: RequestId;
      readonly study: StudyId;
      readonly reviewer: Address;
      readonly justified: boolean;
      readonly note: Digest;
    }
  | { readonly kind: "LogAnchored"; readonly member: MemberId; readonly root: Digest; readonly size: number }
  | {
      readonly kind: "CreditChanged";
      /** Member id, or a patient's credit account. */
      readonly subject: MemberId | Address;
      readonly cause: string;
      readonly delta: number;
      readonly score: number;
    }
  /** A log of one of our contracts that this version cannot read: kept and shown, never dropped. */
  | { readonly kind: "Unknown"; readonly contract: Address; readonly topics: readonly string[]; readonly data: string };

export type LedgerEvent = LedgerFact & EventPosition;
