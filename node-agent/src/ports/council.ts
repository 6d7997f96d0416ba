import type { CouncilRules, DecodedCall, ProposalContent, ProposalId, ProposalStanding, ProposedCall, VoteChoice } from "../model/governance.ts";
import type { Address, Digest } from "../model/ids.ts";
import type { RecognisedCode } from "../model/known-code.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { Guardians } from "./guardians.ts";
import type { Receipt } from "./ledger.ts";

/** A transaction for a governor's key to sign, away from the agent: legacy, gas price 0, no value. */
export type UnsignedTransaction = { readonly chainId: number; readonly to: Address; readonly data: `0x${string}`; readonly nonce: number; readonly gas: number };

/** What a key away from the agent may have sent through it: OpenZeppelin's Governor functions. */
export type CouncilFunction = "propose" | "castVote" | "castVoteWithReason" | "queue" | "execute" | "cancel";

/**
 * The Council as an agent sees it. Everything is read at the latest block and throws LEDGER_UNREACHABLE when the node does not answer.
 * No method needs a key of this agent; what governors sign reaches the chain by `relay`, or by the writer's intents.
 */
export type Council = {
  readonly address: Address;
  readonly timelock: Address;
  readonly chainId: number;
  /** Every contract of the consortium by its name in the configuration. */
  readonly contracts: Readonly<Record<string, Address>>;
  /** The guardians' panel beside it; null where a consortium was founded without. */
  readonly guardians: Guardians | null;
  /** OpenZeppelin's hashProposal, computed here. */
  idOf(content: ProposalContent): ProposalId;
  decode(call: ProposedCall): DecodedCall;
  rules(): Promise<CouncilRules>;
  /** What the members may set by vote and is set now, by the name of what sets it: terms, deadlines, credit. */
  parameters(): Promise<Readonly<Record<"terms" | "deadlines" | "credit", DecodedCall["args"]>>>;
  /** null when there is no such proposal. */
  standing(id: ProposalId): Promise<ProposalStanding | null>;
  /** Whether these calls would need two thirds of all votes. */
  needsTwoThirds(calls: readonly ProposedCall[]): Promise<boolean>;
  /** Votes an account held at `timepoint` (seconds, past). */
  votesAt(account: Address, timepoint: number): Promise<number>;
  /** What the parameters that a call would set are now, by argument name; null where a call sets none. */
  present(call: DecodedCall): Promise<DecodedCall["args"] | null>;
  /** The address of the code behind a proxy (ERC-1967). */
  implementation(proxy: Address): Promise<Address>;
  /** Which contract's code is at an address and how it stores, compared whole with what this version is built from; null for any other. */
  knownCode(at: Address): Promise<RecognisedCode | null>;
  /** EIP-712 ballot for the voter's key, with the voter's next nonce; a reason that is not empty is part of it. */
  ballot(id: ProposalId, voter: Address, choice: VoteChoice, reason: string): Promise<TypedData>;
  /** A transaction to the Council for `from` to sign. Throws LEDGER_REVERTED when the Council would refuse it as things stand. */
  transaction(from: Address, name: CouncilFunction, content: ProposalContent): Promise<UnsignedTransaction>;
  /**
   * Sends a transaction that somebody else signed. Takes nothing but the functions above, to the Council, on this chain, without
   * value: everything else is PROPOSAL_TRANSACTION_REFUSED. Throws LEDGER_REVERTED when the Council refuses it.
   */
  relay(raw: `0x${string}`, signal?: AbortSignal): Promise<Receipt & { readonly from: Address; readonly name: CouncilFunction; readonly hash: Digest }>;
};
