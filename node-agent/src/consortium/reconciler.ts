import type { ChainNodeStatus, ConsortiumStatus } from "../model/consortium.ts";
import { Fault } from "../model/fault.ts";
import type { Drift, Membership } from "../model/membership.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { MembershipTarget } from "../ports/membership-target.ts";
import type { Metrics } from "../ports/metrics.ts";

export type ReconcilerOptions = {
  readonly targets: readonly MembershipTarget[];
  /** What the chain says, as far as it was read; null before the first block, or once its history is in doubt: then nothing is touched. */
  readonly membership: () => Membership | null;
  /** Whether the chain was read to its end and is fresh: only then may somebody be cut off. */
  readonly fresh: () => boolean;
  /** The chain node's own row of the status, where a chain node is followed. */
  readonly chain: () => ChainNodeStatus | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds between rounds. */
  readonly everyMs: number;
};

export type Reconciler = {
  /** Rounds until the signal aborts. Never throws. */
  run(signal: AbortSignal): Promise<void>;
  /** One round over every target; a target that fails keeps no other from its turn. */
  round(signal: AbortSignal): Promise<void>;
  status(): ConsortiumStatus | null;
  /** Why this institution cannot take part in consensus now, for `/readyz`; null when it can. */
  trouble(): string | null;
};

type Row = { name: string; error: string | null; drift: readonly Drift[]; notes: readonly string[] };
const kinds = ["missing", "surplus", "stranger", "unreachable", "undecided"] as const;

/** Carries the registry's decisions out on every system of this institution that follows them (design 1.7 and 6, `reconcileMembership`). */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { targets, clock, log, metrics } = options;
  const rows = new Map<string, Row>();
  const remarks = new Map<string, string>();
  let block = 0;
  let stalled = false;

  function failed(name: string, error: unknown): void {
    const code = error instanceof Fault ? error.code : "unexpected";
    metrics.count("fiducial_membership_failures_total", { target: name, code });
    const before = rows.get(name);
    const message = error instanceof Error ? error.message : "unknown failure";
    if (before?.error !== message) log.warn("membership cannot be carried out", { target: name, code }, error);
    rows.set(name, { name, error: message, drift: before?.drift ?? [], notes: before?.notes ?? [] });
  }

  /** Said once, and again when it changes. */
  function remark(name: string, notes: readonly string[]): void {
    const now = notes.join("; ");
    if (now !== "" && remarks.get(name) !== now) log.info("membership: to be known", { target: name, notes: now });
    remarks.set(name, now);
  }

  function tellStall(): void {
    const stall = options.chain()?.stall ?? null;
    if (stall !== null && !stalled) log.error("the chain stands still", { block: stall.head, seconds: stall.seconds, quorum: stall.quorum, reachable: stall.reachable, silent: stall.silent.map(sentence).join(", ") || "none known" });
    if (stall === null && stalled) log.info("the chain goes on", { block: options.chain()?.head ?? 0 });
    stalled = stall !== null;
  }

  const reconciler: Reconciler = {
    async round(signal) {
      const membership = options.membership();
      if (membership === null) return;
      block = membership.block;
      for (const target of targets) {
        if (signal.aborted) return;
        try {
          const { drift, done, notes } = await target.reconcile(membership, { removals: options.fresh() }, signal);
          for (const what of done) log.info("membership carried out", { target: target.name, what });
          if (done.length > 0) metrics.count("fiducial_membership_changes_total", { target: target.name }, done.length);
          for (const kind of kinds) metrics.set("fiducial_membership_drift", { target: target.name, kind }, drift.filter((one) => one.kind === kind).length);
          remark(target.name, notes);
          rows.set(target.name, { name: target.name, error: null, drift, notes });
        } catch (error) {
          if (signal.aborted) return;
          failed(target.name, error);
        }
      }
      tellStall();
    },
    async run(signal) {
      while (!signal.aborted) {
        await reconciler.round(signal).catch((error: unknown) => log.error("a round of membership failed", {}, error));
        await clock.sleep(options.everyMs, signal).catch(() => undefined);
      }
    },
    status: () => (rows.size === 0 ? null : { block, targets: [...rows.values()], chain: options.chain() }),
    trouble() {
      const stall = options.chain()?.stall ?? null;
      if (stall === null) return null;
      const silent = stall.silent.length === 0 ? "none of them is known to be silent" : `silent: ${stall.silent.map(sentence).join(", ")}`;
      return `no block for ${stall.seconds} s after block ${stall.head}; ${stall.reachable} validators may be there, ${stall.quorum} are needed; ${silent}`;
    },
  };
  return reconciler;
}

const sentence = ({ address, member, why }: { readonly address: string; readonly member: number | null; readonly why: string }): string =>
  `${address}${member === null ? "" : ` (member ${member})`} ${why}`;
