import type { Address } from "../model/ids.ts";
import { judgeStep, type Signers } from "./quorum.ts";
import type { Roster } from "./roster.ts";

export type VoteState = Signers & {
  /** Our own node's validator address. */
  readonly self: Address;
  /** Wanted validators that followed the head as plain nodes for long enough, by our own observation. */
  readonly proven: ReadonlySet<Address>;
  /** What our node wishes now. */
  readonly wishes: ReadonlyMap<Address, boolean>;
};

export type VotePlan = {
  /** The one vote to cast, or null. */
  readonly wish: { readonly validator: Address; readonly add: boolean } | null;
  /** Wishes to take back: done, overtaken, or not the consortium's. */
  readonly forget: readonly Address[];
  /** Steps the consortium decided that would stop the chain now. */
  readonly refused: readonly { readonly validator: Address; readonly add: boolean; readonly reason: string }[];
  /** Wanted and not a validator: waits to prove itself. */
  readonly waiting: readonly Address[];
  /** Validators that should be none, and wanted ones that are none: all differences. */
  readonly surplus: readonly Address[];
  readonly missing: readonly Address[];
};

/**
 * The next vote of our node. One step at a time, removals before additions and lowest address first, so that honest agents, who read the same registry, cast the same
 * vote and each step is judged by itself. A validator unknown to the registry is voted out only once every active hospital has named its nodes: until then it
 * may be theirs. A node that is no validator has no vote.
 */
export function planVotes(roster: Roster, state: VoteState): VotePlan {
  const { validators, self, proven, wishes } = state;
  const banned = new Set([...roster.banned.values()].map(({ address }) => address));
  const named = new Set([...roster.nodes.values()].map(({ address }) => address));
  const removable = (one: Address): boolean => banned.has(one) || named.has(one) || roster.nameless.length === 0;
  const surplus = validators.filter((one) => !roster.validators.has(one)).sort();
  const missing = [...roster.validators.keys()].filter((one) => !validators.includes(one)).sort();
  const waiting = missing.filter((one) => !proven.has(one));
  const steps = [
    ...surplus.filter(removable).map((validator) => ({ validator, add: false })),
    ...missing.filter((one) => proven.has(one)).map((validator) => ({ validator, add: true })),
  ];
  const judged = steps.map(({ validator, add }) => ({ validator, add, verdict: judgeStep(state, add ? { kind: "add", validator, live: true } : { kind: "remove", validator }) }));
  const refused = judged.flatMap(({ validator, add, verdict }) => (verdict.safe ? [] : [{ validator, add, reason: verdict.reason }]));
  const next = validators.includes(self) ? judged.find(({ verdict }) => verdict.safe) : undefined;
  const wish = next === undefined ? null : { validator: next.validator, add: next.add };
  const forget = [...wishes].filter(([validator, add]) => wish === null || wish.validator !== validator || wish.add !== add).map(([validator]) => validator);
  return { wish: wish !== null && wishes.get(wish.validator) === wish.add ? null : wish, forget, refused, waiting, surplus, missing };
}
