import type { z } from "zod";
import type { IpfsStatus } from "../../flows/ipfs-status.ts";
import { agentStatus } from "../../flows/status.ts";
import type { RecoveryReport } from "../../flows/recovery-report.ts";
import type { ConsortiumStatus } from "../../model/consortium.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { status } from "./schemas/chain.ts";
import { progressOf } from "./views.ts";

const recoveryOf = (report: RecoveryReport | null) =>
  report === null
    ? null
    : {
        complete: report.complete,
        ownStudies: { ...report.ownStudies, missing: [...report.ownStudies.missing] },
        copies: { ...report.copies, missing: [...report.copies.missing] },
        withdrawn: { ...report.withdrawn },
        patients: report.patients,
        enrolmentsAsked: report.enrolmentsAsked,
        reasons: report.reasons.map((one) => ({ ...one })),
      };

const consortiumOf = (now: ConsortiumStatus | null): z.input<typeof status>["consortium"] =>
  now === null
    ? null
    : {
        block: now.block,
        targets: now.targets.map(({ name, error, drift, notes }) => ({ name, error, drift: drift.map((one) => ({ ...one })), notes: [...notes] })),
        chain:
          now.chain === null
            ? null
            : {
                ...now.chain,
                validators: now.chain.validators.map((one) => ({ ...one })),
                candidates: now.chain.candidates.map((one) => ({ ...one })),
                votes: now.chain.votes.map((one) => ({ ...one, castBy: [...one.castBy] })),
                refused: now.chain.refused.map((one) => ({ ...one })),
                stall: now.chain.stall === null ? null : { head: now.chain.stall.head, seconds: now.chain.stall.seconds, quorum: now.chain.stall.quorum, reachable: now.chain.stall.reachable, silent: now.chain.stall.silent.map((one) => ({ ...one })) },
              },
      };

const ipfsOf = (now: IpfsStatus | null): z.input<typeof status>["ipfs"] =>
  now === null
    ? null
    : {
        ...now,
        peers: { ...now.peers, silent: [...now.peers.silent] },
        pins: { ...now.pins },
        underReplicated: { count: now.underReplicated.count, studies: now.underReplicated.studies.map((one) => ({ ...one })) },
        todo: [...now.todo],
      };

/** What the agent is doing, for its operators and users. Patients are told how it is, not which studies of others it works on. */
export function statusHandlers(parts: ApiParts): ApiHandlers<"GET /api/status"> {
  return {
    "GET /api/status": async ({ response, who }) => {
      const now = agentStatus(parts.context);
      const { ready, checks, notes } = await parts.readiness.report();
      const staff = who.roles.some((role) => role !== "patient");
      const recovery = parts.recovery();
      answer(response, status, {
        role: now.role,
        member: now.member,
        name: now.name,
        version: parts.version,
        engines: { ...parts.engines },
        ready,
        notes: [...notes],
        reasons: checks.flatMap(({ name, reason }) => (reason === null ? [] : [`${name}: ${reason}`])),
        ledger: { ...now.ledger },
        studies: { ...now.studies },
        outboxPending: now.outboxPending,
        failures: (staff ? now.failures : []).map((row) => ({ ...row })),
        fetches: (staff ? now.fetches : []).flatMap((row) => {
          const shown = progressOf(row);
          return shown === null ? [] : [{ ...shown, study: row.study, request: row.request, custodian: row.custodian }];
        }),
        replicasMissing: now.replicasMissing,
        ipfs: staff ? ipfsOf(now.ipfs) : null,
        consortium: staff ? consortiumOf(parts.consortium?.() ?? null) : null,
        recovery: recoveryOf(staff || recovery === null ? recovery : { ...recovery, ownStudies: { ...recovery.ownStudies, missing: [] }, copies: { ...recovery.copies, missing: [] }, reasons: [] }),
      });
    },
  };
}
