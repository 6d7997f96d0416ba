import type { Address, MemberId } from "./ids.ts";
import type { Drift } from "./membership.ts";

/** A validator of the chain as this agent sees it. `signing`: it proposed or sealed lately; `member`: whose it is by the registry, null when nobody's. */
export type ValidatorStatus = { readonly address: Address; readonly member: MemberId | null; readonly signing: boolean; readonly self: boolean };

/** A node that is to become a validator and proves itself first. */
export type CandidateStatus = { readonly address: Address; readonly member: MemberId; readonly followedBlocks: number; readonly ofBlocks: number };

/** A vote of this consortium under way: who has cast it in blocks seen since the last change of validators. */
export type VoteStatus = { readonly validator: Address; readonly add: boolean; readonly castBy: readonly Address[]; readonly needed: number };

/** The chain stands still: since when, how many may be there, and who is not. */
export type StallStatus = {
  readonly head: number;
  readonly seconds: number;
  readonly quorum: number;
  readonly reachable: number;
  readonly silent: readonly { readonly address: Address; readonly member: MemberId | null; readonly why: string }[];
};

/** What this agent's chain node has of the consortium's decisions. */
export type ChainNodeStatus = {
  readonly node: Address;
  readonly head: number;
  readonly validators: readonly ValidatorStatus[];
  readonly quorum: number;
  /** Signing validators beyond the quorum: how many may fail before the chain stands. */
  readonly margin: number;
  readonly candidates: readonly CandidateStatus[];
  readonly votes: readonly VoteStatus[];
  /** Decided steps that are not taken, because the chain would stand still. */
  readonly refused: readonly { readonly validator: Address; readonly add: boolean; readonly reason: string }[];
  readonly stall: StallStatus | null;
};

/** How membership is carried out here: one row per system that follows it. */
export type ConsortiumStatus = {
  readonly block: number;
  readonly targets: readonly { readonly name: string; readonly error: string | null; readonly drift: readonly Drift[]; readonly notes: readonly string[] }[];
  readonly chain: ChainNodeStatus | null;
};
