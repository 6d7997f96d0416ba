import type { Address, Digest, MemberId, RequestId, StudyId } from "../model/ids.ts";
import type { CreditView, ConsentView, MemberView, RequestView, StudyView } from "../model/ledger-views.ts";
import type { LedgerEvent } from "../model/ledger-events.ts";
import type { Purpose } from "../model/purpose.ts";
import type { ProposalContent, ProposalId, VoteChoice } from "../model/governance.ts";
import type { StopAct } from "../model/guardians.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { Council } from "./council.ts";

/** A block as far as the agent cares: `timestamp` is seconds since the epoch. */
export type BlockRef = { readonly number: number; readonly hash: Digest; readonly timestamp: number };

/** One block that carries events of ours, in log order. `block` is always present; blocks without events are skipped except the last of a range. */
export type LedgerBatch = { readonly block: BlockRef; readonly events: readonly LedgerEvent[] };

/** What became of a submitted transaction. A reverted one is raised as LEDGER_REVERTED instead. */
export type Receipt = { readonly transaction: Digest; readonly block: number };

/** The writes an agent may make; names and meaning are the contracts'. */
export type Intent =
  | { readonly kind: "registerStudy"; readonly study: StudyId; readonly patient: Address; readonly root: Digest }
  | { readonly kind: "supersedeStudy"; readonly study: StudyId; readonly expectedVersion: number; readonly root: Digest }
  | { readonly kind: "withdrawStudy"; readonly study: StudyId; readonly reason: number }
  | { readonly kind: "grantConsent"; readonly consent: ConsentTerms; readonly signer: `0x${string}`; readonly signature: `0x${string}` }
  | { readonly kind: "revokeConsent"; readonly revocation: RevocationTerms; readonly signer: `0x${string}`; readonly signature: `0x${string}` }
  | {
      readonly kind: "attestConsent";
      readonly study: StudyId;
      readonly grantee: MemberId;
      readonly purposes: readonly Purpose[];
      readonly notBefore: number;
      readonly expiry: number;
    }
  | { readonly kind: "withdrawAttestation"; readonly study: StudyId; readonly grantee: MemberId }
  | { readonly kind: "requestAccess"; readonly request: RequestId; readonly study: StudyId; readonly purpose: Purpose }
  | { readonly kind: "deliverKey"; readonly request: RequestId; readonly keyDigest: Digest }
  | { readonly kind: "acknowledgeAccess"; readonly request: RequestId; readonly receipt: Digest }
  | { readonly kind: "disputeAccess"; readonly request: RequestId; readonly reason: number }
  | { readonly kind: "expireRequest"; readonly request: RequestId }
  | {
      readonly kind: "reviewEmergency";
      readonly request: RequestId;
      readonly justified: boolean;
      readonly note: Digest;
      readonly reviewer: Address;
      readonly signature: `0x${string}`;
    }
  | { readonly kind: "castVote"; readonly proposal: ProposalId; readonly choice: VoteChoice; readonly reason: string; readonly voter: Address; readonly signature: `0x${string}` }
  | { readonly kind: "approveStop"; readonly act: StopAct; readonly until: number; readonly guardian: Address; readonly signature: `0x${string}` }
  | { readonly kind: "pauseWrites"; readonly target: Address }
  | { readonly kind: "cancelProposal"; readonly content: ProposalContent }
  | { readonly kind: "queueProposal" | "executeProposal"; readonly content: ProposalContent }
  | { readonly kind: "anchorLog"; readonly previousRoot: Digest; readonly root: Digest; readonly size: number };

/** A consent as the patient signs it (EIP-712 `Consent`). Times are seconds since the epoch. */
export type ConsentTerms = {
  readonly study: StudyId;
  readonly grantee: MemberId;
  readonly purposes: readonly Purpose[];
  readonly notBefore: number;
  readonly expiry: number;
  readonly creditAccount: Address;
  readonly nonce: bigint;
};

/** EIP-712 `Revocation`. */
export type RevocationTerms = { readonly study: StudyId; readonly grantee: MemberId; readonly nonce: bigint };

/** EIP-712 `Review` of an emergency access, signed by a holder of the REVIEWER role. */
export type ReviewTerms = { readonly request: RequestId; readonly justified: boolean; readonly note: Digest };

/** Read side of the chain: all that an observer has. Every method throws LEDGER_UNREACHABLE when the node does not answer in time. */
export type LedgerReader = {
  /** How the members decide; null in a consortium that a key governs. */
  readonly council: Council | null;
  /** Throws LEDGER_WRONG_CHAIN when the node's chain id, genesis hash or contract code is not what the configuration says. */
  verifyChain(): Promise<void>;
  /** Latest block. IBFT blocks are final as soon as they exist (design 2). */
  head(): Promise<BlockRef>;
  /** The block's reference, or null when the node does not have it. Used to check the cursor. */
  block(number: number): Promise<BlockRef | null>;
  /** Events from block `from` to the present head, in order, in bounded ranges; ends at the head that it saw at the start of its last range. */
  batches(from: number, signal: AbortSignal): AsyncIterable<LedgerBatch>;
  /** Resolves when the head has passed `after`, or after the poll interval at most a second or so; never throws but on abort. */
  waitForBlock(after: number, signal: AbortSignal): Promise<void>;
  /** Views by eth_call at the latest block. null where the chain knows no such thing. */
  member(id: MemberId): Promise<MemberView | null>;
  members(): Promise<MemberView[]>;
  study(id: StudyId): Promise<StudyView | null>;
  consent(study: StudyId, grantee: MemberId): Promise<ConsentView | null>;
  /** Next nonce a signature about (study, grantee) must carry. */
  consentNonce(study: StudyId, grantee: MemberId): Promise<bigint>;
  request(id: RequestId): Promise<RequestView | null>;
  credit(subject: MemberId | Address): Promise<CreditView>;
  /** EIP-712 documents for a wallet to sign; the domain is this chain's and this contract's. */
  consentTypedData(terms: ConsentTerms): TypedData;
  revocationTypedData(terms: RevocationTerms): TypedData;
  reviewTypedData(terms: ReviewTerms): TypedData;
  /** Whether `signature` by `signer` (20-byte address or ERC-7913 bytes) over the document holds at the latest block. */
  verifySignature(document: TypedData, signer: `0x${string}`, signature: `0x${string}`): Promise<boolean>;
};

/**
 * Write side. `submit` is durable and exactly-once per `key`: the intent is recorded before anything is sent, the signed bytes
 * are kept and re-sent after a crash, and a second call with the same key (now or in another life of the process) waits for the
 * first one's receipt. Resolves when mined and successful; throws LEDGER_REVERTED with the contract's own error name, after which the
 * key is free: nothing was changed under it; LEDGER_WRITE_KEPT when the node does not answer: the write is kept, goes out by itself once it does, and may be waited for again under its key.
 */
export type LedgerWriter = {
  /** Address of the operator key that signs. */
  readonly operator: Address;
  submit(key: string, intent: Intent, signal?: AbortSignal): Promise<Receipt>;
  /** Re-sends what an earlier life left unfinished; call once after start, before any submit. */
  resume(signal: AbortSignal): Promise<void>;
  /** Intents recorded and not yet mined. */
  pending(): number;
  close(): void;
};
