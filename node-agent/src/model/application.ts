import type { ProposalState } from "./governance.ts";
import type { MemberId } from "./ids.ts";

/** A proposal to admit an institution, as far as that institution has to know. Times in seconds since the epoch, of the chain. */
export type ApplicationProposal = {
  readonly number: number;
  readonly state: ProposalState;
  readonly votesFor: number;
  /** Votes in favour that carry it; null before the vote opens. */
  readonly needed: number | null;
  /** Active hospitals that have not voted yet; empty unless the vote is open. */
  readonly missing: readonly MemberId[];
  readonly snapshot: number;
  readonly deadline: number;
  readonly eta: number | null;
};

/** How an admission stands. `votes` is false where a key governs and nobody proposes anything; `proposal` is null while none names the institution. */
export type ApplicationAnswer = { readonly votes: boolean; readonly now: number; readonly proposal: ApplicationProposal | null };
