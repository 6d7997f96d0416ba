import type { Address, Digest, MemberId, RequestId, StudyId } from "./ids.ts";
import type { ConsentClass, CreditTier, DenialReason, MemberKind, MemberNode, MemberProfile, MemberStatus } from "./ledger-views.ts";
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
  | {
      readonly kind: "MemberAdmitted";
      readonly member: MemberId;
      readonly memberKind: MemberKind;
      readonly governor: Address;
      readonly operators: readonly Address[];
      readonly profile: MemberProfile;
    }
  | { readonly kind: "MemberStatusChanged"; readonly member: MemberId; readonly status: MemberStatus }
  | { readonly kind: "MemberProfileChanged"; readonly member: MemberId; readonly profile: MemberProfile }
  | { readonly kind: "MemberNodesChanged"; readonly member: MemberId; readonly nodes: readonly MemberNode[] }
  | { readonly kind: "GovernorReplaced"; readonly member: MemberId; readonly governor: Address }
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
      /** The nonce consumed; for an attestation, which consumes none, the next one. */
      readonly nonce: number;
      readonly relayer: MemberId;
    }
  | {
      readonly kind: "ConsentRevoked";
      readonly study: StudyId;
      readonly grantee: MemberId;
      readonly patient: Address;
      /** How the consent had been given; null when there was none (a signature voided before it was ever relayed). */
      readonly class: ConsentClass | null;
      /** True for a withdrawn attestation, false for the patient's own revocation. */
      readonly byCustodian: boolean;
      readonly nonce: number;
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
      /** When an undelivered grant may be expired, seconds; 0 when denied. */
      readonly dueBy: number;
    }
  | {
      readonly kind: "KeyDelivered";
      readonly request: RequestId;
      readonly study: StudyId;
      readonly requester: MemberId;
      readonly custodian: MemberId;
      readonly keyDigest: Digest;
    }
  | {
      readonly kind: "AccessAcknowledged";
      readonly request: RequestId;
      readonly study: StudyId;
      readonly requester: MemberId;
      readonly custodian: MemberId;
      readonly receipt: Digest;
    }
  | { readonly kind: "AccessDisputed"; readonly request: RequestId; readonly study: StudyId; readonly by: MemberId; readonly reason: number }
  | {
      readonly kind: "RequestExpired";
      readonly request: RequestId;
      readonly study: StudyId;
      readonly requester: MemberId;
      readonly custodian: MemberId;
      readonly penalised: boolean;
    }
  | {
      readonly kind: "AccessReviewed";
      readonly request: RequestId;
      readonly study: StudyId;
      /** Loses credit when not justified. */
      readonly accused: MemberId;
      readonly reviewer: Address;
      readonly justified: boolean;
      readonly note: Digest;
    }
  | { readonly kind: "LogAnchored"; readonly member: MemberId; readonly previousRoot: Digest; readonly root: Digest; readonly size: number }
  | {
      readonly kind: "CreditChanged";
      /** Member id, or a patient's credit account. */
      readonly subject: MemberId | Address;
      readonly cause: string;
      readonly counterparty: MemberId | null;
      readonly delta: number;
      readonly score: number;
    }
  | { readonly kind: "CreditTierChanged"; readonly subject: MemberId | Address; readonly tier: CreditTier }
  /** Governance and upkeep of the contracts (roles, parameters, pauses, upgrades): part of the history, of no view. `values` by name, as text. */
  | { readonly kind: "ConsortiumNotice"; readonly contract: Address; readonly name: string; readonly values: Readonly<Record<string, string>> }
  /** A log of one of our contracts that this version cannot read: kept and shown, never dropped. */
  | { readonly kind: "Unknown"; readonly contract: Address; readonly topics: readonly string[]; readonly data: string };

export type LedgerEvent = LedgerFact & EventPosition;
