import type { MemberId } from "../model/ids.ts";
import type { StudyState } from "../ports/catalogue.ts";
import type { FailedAttempt } from "./attempts.ts";
import type { FlowContext } from "./context.ts";
import { type IpfsStatus, ipfsStatus } from "./ipfs-status.ts";
import type { FetchProgress } from "./progress.ts";

export type AgentStatus = {
  readonly role: "hospital" | "observer";
  readonly member: MemberId;
  readonly name: string;
  readonly ledger: {
    readonly phase: string;
    readonly headBlock: number | null;
    readonly indexedBlock: number | null;
    readonly headAgeSeconds: number | null;
    readonly error: string | null;
    readonly events: number;
    readonly studies: number;
    readonly requests: number;
    readonly unknownEvents: number;
  };
  /** Own catalogue, by state; empty on observers. */
  readonly studies: Readonly<Partial<Record<StudyState, number>>>;
  readonly outboxPending: number;
  readonly failures: readonly FailedAttempt[];
  readonly fetches: readonly FetchProgress[];
  readonly replicasMissing: number;
  /** Null on observers and where no IPFS is configured. */
  readonly ipfs: IpfsStatus | null;
};

/** What the agent is doing, without anything that identifies a patient. */
export function agentStatus(context: FlowContext): AgentStatus {
  const { self, watch, ledgerIndex, attempts } = context;
  const view = watch.view();
  const counts = ledgerIndex.counts();
  const studies: Partial<Record<StudyState, number>> = {};
  const hospital = context.role === "hospital" ? context : null;
  for (const record of hospital?.catalogue.studies() ?? []) studies[record.state] = (studies[record.state] ?? 0) + 1;
  return {
    role: context.role,
    member: self.member,
    name: self.name,
    ledger: {
      phase: view.phase,
      headBlock: view.head?.number ?? null,
      indexedBlock: view.cursor?.number ?? null,
      headAgeSeconds: view.headAgeSeconds,
      error: view.error?.code ?? null,
      events: counts.events,
      studies: counts.studies,
      requests: counts.requests,
      unknownEvents: counts.unknown,
    },
    studies,
    outboxPending: hospital?.writer.pending() ?? 0,
    failures: attempts.failures(),
    fetches: hospital?.progress.list() ?? [],
    replicasMissing: attempts.failures().filter((row) => row.code === "REPLICAS_UNREACHABLE").length,
    ipfs: hospital === null ? null : ipfsStatus(hospital),
  };
}
