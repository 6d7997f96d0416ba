import type { Address, Digest, MemberId, RequestId, StudyId } from "./ids.ts";
import type { Purpose } from "./purpose.ts";

/** Plain views of chain state, shared by the ledger adapter, the ledger index and the HTTP API. Times are seconds since the epoch. */

export type MemberKind = "hospital" | "observer";
export type MemberStatus = "active" | "suspended" | "expelled";

export type MemberProfile = {
  readonly displayName: string;
  /** Base URL of the member's peer API, https; empty for observers without one. */
  readonly endpoint: string;
  readonly openpgpSha256: Digest;
  readonly spkiSha256: Digest;
};

/** A chain node of a member and its IPFS companions; `enodeKey` is 64 bytes as 0x hex. */
export type MemberNode = {
  readonly enodeKey: `0x${string}`;
  readonly host: string;
  readonly port: number;
  readonly validator: boolean;
  readonly ipfsPeerId: string;
  readonly clusterPeerId: string;
};

export type MemberView = {
  readonly id: MemberId;
  readonly kind: MemberKind;
  readonly status: MemberStatus;
  readonly governor: Address;
  readonly operators: readonly Address[];
  readonly profile: MemberProfile;
  /** Chain nodes in the member's own order; empty until it names some. */
  readonly nodes: readonly MemberNode[];
};

export type StudyStatus = "active" | "withdrawn";

export type StudyView = {
  readonly id: StudyId;
  readonly custodian: MemberId;
  readonly patient: Address;
  readonly root: Digest;
  readonly version: number;
  readonly status: StudyStatus;
  readonly registeredAt: number;
};

export type ConsentClass = "signed" | "attested";

export type ConsentView = {
  readonly study: StudyId;
  readonly grantee: MemberId;
  readonly purposes: readonly Purpose[];
  readonly notBefore: number;
  readonly expiry: number;
  readonly class: ConsentClass;
  readonly creditAccount: Address;
};

export const denialReasons = [
  "none",
  "unknownStudy",
  "studyWithdrawn",
  "noConsent",
  "consentRevoked",
  "consentNotYetValid",
  "consentExpired",
  "purposeNotCovered",
  "creditTooLow",
  "quotaExceeded",
  "openRequestLimit",
  "custodianInactive",
] as const;
/** Why a request was denied, in the order of AccessLedger's `Reason`. */
export type DenialReason = (typeof denialReasons)[number];

export const requestStates = ["denied", "granted", "delivered", "acknowledged", "disputed", "expired"] as const;
export type RequestState = (typeof requestStates)[number];

export const reviewStates = ["none", "pending", "justified", "notJustified"] as const;
export type ReviewState = (typeof reviewStates)[number];

export type RequestView = {
  readonly id: RequestId;
  readonly study: StudyId;
  readonly requester: MemberId;
  readonly custodian: MemberId;
  readonly patient: Address;
  readonly purpose: Purpose;
  readonly state: RequestState;
  readonly reason: DenialReason;
  readonly emergency: boolean;
  readonly review: ReviewState;
  readonly requestedAt: number;
  /** When an undelivered grant may be expired; 0 when denied. */
  readonly dueBy: number;
  /** Member under review; null when there is none. */
  readonly accused: MemberId | null;
  /** Digest of the PKESK the custodian delivered, once delivered. Events carry it; a view read from the contract has null. */
  readonly keyDigest: Digest | null;
};

export type CreditTier = "bronze" | "silver" | "gold";

export type CreditView = {
  /** Member id, or the patient's credit account. */
  readonly subject: MemberId | Address;
  /** 0..1000 after decay up to now. */
  readonly score: number;
  readonly counterparties: number;
  /** Whether research and operations purposes are open to this member (hysteresis 600/550). */
  readonly gateOpen: boolean;
  /** For patient credit accounts. */
  readonly tier: CreditTier;
};
