import type { Address, Digest } from "./ids.ts";

/** What the members decide on, and how: plain data shared by the ledger adapter, the flows, the HTTP API and the command line. */

/** 0x and 64 hex digits: OpenZeppelin's proposal id, a hash over calls and description. */
export type ProposalId = Digest;

/** Names of OpenZeppelin's IGovernor.ProposalState, in its order. */
export const proposalStates = ["pending", "active", "canceled", "defeated", "succeeded", "queued", "expired", "executed"] as const;
export type ProposalState = (typeof proposalStates)[number];

/** How a vote counts, in the order of OpenZeppelin's GovernorCountingSimple. */
export const voteChoices = ["against", "for", "abstain"] as const;
export type VoteChoice = (typeof voteChoices)[number];

/** Longest reason given with a vote, characters: what people read beside the others. */
export const longestReason = 500;

/** One call that a proposal would make. `value` is always "0" in this consortium, whose chain has no coin; shown if it is not. */
export type ProposedCall = { readonly target: Address; readonly value: string; readonly data: `0x${string}` };

/** What identifies a proposal: its id is a hash over exactly this. */
export type ProposalContent = { readonly calls: readonly ProposedCall[]; readonly description: string };

/** A decoded argument: numbers as decimal text, structs by field name. */
export type DecodedValue = string | boolean | readonly DecodedValue[] | { readonly [name: string]: DecodedValue };

/** A call in the contracts' own terms; `contract` and `name` are null where this version knows neither target nor function. */
export type DecodedCall = {
  readonly contract: string | null;
  readonly name: string | null;
  readonly args: Readonly<Record<string, DecodedValue>>;
  readonly call: ProposedCall;
  /** Calls inside this one: AccessManager's multicall. */
  readonly inner: readonly DecodedCall[];
};

/** Rules by which the Council decides, seconds of block time. */
export type CouncilRules = {
  readonly votingDelay: number;
  readonly votingPeriod: number;
  readonly gracePeriod: number;
  readonly minHospitals: number;
  readonly timelockDelay: number;
};

/** Where a proposal stands by the chain's word at its latest block. */
export type ProposalStanding = {
  readonly state: ProposalState;
  readonly votes: Readonly<Record<VoteChoice, number>>;
  /** Votes in favour that carry it; null while its snapshot is not past. */
  readonly needed: number | null;
  readonly twoThirds: boolean;
  /** Whether it deals with guardians only, so that none of them may cancel it. */
  readonly guardiansOnly: boolean;
  readonly gracePeriod: number;
  /** Seconds since the epoch: who has a vote is decided then; the vote ends; it may be executed from then on (null until queued). */
  readonly snapshot: number;
  readonly deadline: number;
  readonly eta: number | null;
};
