import type { MemberId } from "./ids.ts";
import type { MemberView } from "./ledger-views.ts";

/** What the consortium decided, as far as this agent has read the chain. */
export type Membership = {
  /** This institution. */
  readonly self: MemberId;
  /** Block up to which the chain was read. */
  readonly block: number;
  readonly members: readonly MemberView[];
};

/** One difference between what the consortium decided and what a system of this institution does. `subject` is a key, address or peer id, never a name. */
export type Drift = {
  readonly kind: "missing" | "surplus" | "stranger" | "unreachable" | "undecided";
  readonly subject: string;
  /** One sentence: what differs and why it stands, or what was done about it. */
  readonly detail: string;
};

/** What a round left: empty `drift` means the system does what was decided. */
export type TargetReport = {
  readonly drift: readonly Drift[];
  /** What was changed in this round, one sentence each, for the log. */
  readonly done: readonly string[];
  /** Standing remarks for people: what hinders, what is waited for. */
  readonly notes: readonly string[];
};
