import type { Membership, TargetReport } from "../model/membership.ts";

/**
 * A system of this institution that has to follow the consortium's decisions: its chain node, its IPFS peers, its cluster. The reconciler calls
 * `reconcile` in every round, one call at a time, and again when a round failed. It compares what is with what should be, changes only what
 * differs, and says what remains; calling it twice changes nothing the second time. It keeps what it is told in memory only: after a restart
 * it begins from what the system itself says.
 */
export type MembershipTarget = {
  /** Short and constant: a metric's label, a word in the log. */
  readonly name: string;
  /**
   * With `removals` false nobody may be cut off (the chain has not been read to its end, or it stands still): only what is missing may be added. Throws the fault of what
   * does not answer; a round that failed in the middle is repeated whole.
   */
  reconcile(membership: Membership, mode: { readonly removals: boolean }, signal: AbortSignal): Promise<TargetReport>;
};
