import type { MemberId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";
import { ipfsTodo } from "./ipfs-todo.ts";
import type { ThinStudy } from "./pin-watch.ts";
import { waitingStudies } from "./thin-studies.ts";

/** Own studies told of by name; the others are counted. */
const mostNamed = 50;

/** The institution's IPFS as its operators are told of it. Times are seconds, sizes bytes. */
export type IpfsStatus = {
  /** Seconds since it was last looked at with an answer; null before the first. */
  readonly lookedSecondsAgo: number | null;
  readonly error: string | null;
  readonly peers: { readonly registered: number; readonly connected: number; readonly silent: readonly MemberId[]; readonly strangers: number };
  readonly pins: { readonly kept: number | null; readonly underWay: number; readonly failed: number; readonly oldestSeconds: number };
  readonly underReplicated: { readonly count: number; readonly studies: readonly ThinStudy[] };
  /** Sentences: what is the matter and what to do about it; empty when all is in order. */
  readonly todo: readonly string[];
};

/** What the last looks showed; null where copies are kept by agents for one another. */
export function ipfsStatus(context: HospitalContext): IpfsStatus | null {
  const { cluster, clock } = context;
  if (cluster === null) return null;
  const view = cluster.watch.view();
  const waiting = waitingStudies(context, cluster);
  return {
    lookedSecondsAgo: view.lookedAt === null ? null : Math.max(0, Math.round((clock.now() - view.lookedAt) / 1000)),
    error: view.error?.message ?? null,
    peers: { registered: view.registered, connected: view.connected, silent: view.silent, strangers: view.strangers.length },
    pins: { kept: view.keptRoots, underWay: view.underWay, failed: view.failed, oldestSeconds: Math.round(view.oldestMs / 1000) },
    underReplicated: { count: waiting.length, studies: waiting.slice(0, mostNamed) },
    todo: ipfsTodo(context, cluster),
  };
}
