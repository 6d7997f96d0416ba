import type { MemberId } from "../model/ids.ts";
import type { MemberKind } from "../model/ledger-views.ts";
import type { Clock } from "../ports/clock.ts";
import type { LedgerIndex } from "../ports/ledger-index.ts";
import type { Log } from "../ports/log.ts";
import type { MembershipTarget } from "../ports/membership-target.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { NodeAdmin } from "../ports/node-admin.ts";
import { createChainTarget, type SeenNode } from "./chain-target.ts";
import { createReconciler, type Reconciler } from "./reconciler.ts";

export type ConsortiumParts = {
  readonly self: MemberId;
  readonly kind: MemberKind;
  /** The chain node's administration; null where the agent has none. */
  readonly node: NodeAdmin | null;
  /** Further systems that follow the registry: IPFS peers, the cluster. */
  readonly others: readonly MembershipTarget[];
  readonly index: Pick<LedgerIndex, "cursor" | "members">;
  /** How far the chain was read: nothing is touched before it was read to its end once; nobody is cut off unless it is fresh. */
  readonly followed: () => { readonly caughtUp: boolean; readonly fresh: boolean };
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly everyMs: number;
  readonly candidateBlocks: number;
  readonly stallPeriods: number;
};

export type Membership = Reconciler & {
  /** What our own chain node has of another's node, as of the last round; null before it and where none is followed. */
  sees(key: string): SeenNode | null;
};

/** The reconciler over every system that is configured; null when there is none. */
export function openConsortium(parts: ConsortiumParts): Membership | null {
  const { node, others, index, followed, clock, log, metrics } = parts;
  const chain = node === null ? null : createChainTarget({ node, clock, metrics, kind: parts.kind, candidateBlocks: parts.candidateBlocks, stallPeriods: parts.stallPeriods });
  const targets = [...(chain === null ? [] : [chain]), ...others];
  if (targets.length === 0) return null;
  const reconciler = createReconciler({
    targets,
    // A replay under way shows members as they once were: nobody is let in or cut off by that.
    membership() {
      const cursor = index.cursor();
      return cursor === null || !followed().caughtUp ? null : { self: parts.self, block: cursor.number, members: index.members() };
    },
    fresh: () => followed().fresh,
    chain: () => chain?.status() ?? null,
    clock,
    log,
    metrics,
    everyMs: parts.everyMs,
  });
  return { ...reconciler, sees: (key) => chain?.sees(key) ?? null };
}
