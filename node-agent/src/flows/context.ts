import type { HospitalKeyring } from "../envelope/keyring.ts";
import { fault } from "../model/fault.ts";
import type { MemberId } from "../model/ids.ts";
import type { BlockSource } from "../ports/block-source.ts";
import type { Blocks } from "../ports/blocks.ts";
import type { Catalogue } from "../ports/catalogue.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { LedgerReader, LedgerWriter } from "../ports/ledger.ts";
import type { LedgerIndex } from "../ports/ledger-index.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { ObjectWork } from "../ports/object-work.ts";
import type { Peers } from "../ports/peers.ts";
import type { Arrivals } from "./arrivals.ts";
import type { ProofSource } from "../ports/proof.ts";
import type { Pinning } from "../ports/pinning.ts";
import type { Attempts } from "./attempts.ts";
import type { LedgerWatch } from "./ledger-watch.ts";
import type { PinWatch } from "./pin-watch.ts";
import type { Openings } from "./open-study.ts";
import type { RunningFetches } from "./running-fetches.ts";
import type { ProgressBoard } from "./progress.ts";
import type { RecentInstances } from "./recent-instances.ts";
import type { ServingQueue } from "./serving-queue.ts";
import type { SessionKeys } from "./session-keys.ts";
import type { StudyTallies } from "./study-tally.ts";
import type { Wake } from "./wake.ts";

/** Who this agent is in MemberRegistry. `name` is the institution's display name. */
export type Self = { readonly member: MemberId; readonly name: string };

export type FlowSettings = {
  /** Copies of each study kept in the consortium, this agent's own included. */
  readonly replicas: number;
  /** Free bytes below which no upload and no replica is accepted. */
  readonly minFreeBytes: number;
  /** Bytes of replicas kept here for one member at most, where agents keep them for one another; null for no limit. */
  readonly mostBytesPerMember: number | null;
  /** Milliseconds without a new instance after which a study is taken as complete. */
  readonly settleMs: number;
  /** Age of the newest indexed block, in seconds, from which no key is released and nothing new is decided. */
  readonly staleAfterSeconds: number;
  /** Milliseconds a copy fetched by emergency access is kept at most. */
  readonly emergencyHoldMs: number;
  readonly maxInstanceBytes: number;
  /** First block that can hold an event of the consortium's contracts. */
  readonly deployedAtBlock: number;
};

/** The institution's IPFS, where studies are placed by it and not from agent to agent. */
export type ClusterStore = {
  readonly pinning: Pinning;
  /** Copies made when a study is placed. */
  readonly mostReplicas: number;
  /** Bytes of the agent's own folder that studies kept by Kubo may take; null for all. */
  readonly folderBytes: number | null;
  readonly watch: PinWatch;
};

type Common = {
  readonly self: Self;
  readonly settings: FlowSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly ledgerIndex: LedgerIndex;
  readonly reader: LedgerReader;
  /** Blocks of the chain with all that proves them. */
  readonly proofs: ProofSource;
  /** How far the local index is, whether it is fresh, and why not. */
  readonly watch: LedgerWatch;
  /** Flows that failed and when they are tried again. */
  readonly attempts: Attempts;
  /** Calls the reconciliation loop out of its sleep. */
  readonly wake: Wake;
};

/** A regulator's agent: the record and nothing else; no key, no block, no write path. */
export type ObserverContext = Common & { readonly role: "observer" };

/** A hospital's agent. Everything a flow may touch; collaborators are opened by the composition root and outlive every flow. */
export type HospitalContext = Common & {
  readonly role: "hospital";
  readonly catalogue: Catalogue;
  readonly writer: LedgerWriter;
  readonly blocks: Blocks;
  readonly peers: Peers;
  /** Where blocks can be had beside the members' agents: the private IPFS, in reserve. */
  readonly ownSources: readonly BlockSource[];
  /** Null where copies are kept by agents for one another. */
  readonly cluster: ClusterStore | null;
  readonly journal: Journal;
  readonly keyring: HospitalKeyring;
  /** Seals and opens whole objects beside this thread. */
  readonly work: ObjectWork;
  /** Unwrapped study keys, bounded, forgotten with the study. */
  readonly sessionKeys: SessionKeys;
  readonly progress: ProgressBoard;
  /** Studies that are arriving: what is here of them already. */
  readonly arrivals: Arrivals;
  /** Fetches under way, to be ended before their time. */
  readonly fetches: RunningFetches;
  /** Who is enrolled as the register placed last has it, when that was looked at (ms), and whether an older register was looked for at every member. */
  readonly enrolments: { digest: string | null; lookedAt: number; recovered: boolean };
  /** Who is served blocks next, and how fast. */
  readonly serving: ServingQueue;
  readonly openings: Openings;
  readonly tallies: StudyTallies;
  readonly recent: RecentInstances;
  /** Ends every long wait when the agent stops. */
  readonly signal: AbortSignal;
};

export type FlowContext = HospitalContext | ObserverContext;

/** The context of a hospital, or FLOW_NOT_ON_OBSERVER. */
export function hospitalOf(context: FlowContext): HospitalContext {
  if (context.role === "observer") throw fault("FLOW_NOT_ON_OBSERVER", {});
  return context;
}
