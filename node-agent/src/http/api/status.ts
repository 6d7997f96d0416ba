import { agentStatus, type RecoveryReport } from "../../flows/status.ts";
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
      };

/** What the agent is doing, for its operators and users. Patients are told how it is, not which studies of others it works on. */
export function statusHandlers(parts: ApiParts): ApiHandlers<"GET /api/status"> {
  return {
    "GET /api/status": async ({ response, who }) => {
      const now = agentStatus(parts.context);
      const { ready, checks } = await parts.readiness.report();
      const staff = who.roles.some((role) => role !== "patient");
      const recovery = parts.recovery();
      answer(response, status, {
        role: now.role,
        member: now.member,
        name: now.name,
        version: parts.version,
        engines: { ...parts.engines },
        ready,
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
        recovery: recoveryOf(staff || recovery === null ? recovery : { ...recovery, ownStudies: { ...recovery.ownStudies, missing: [] }, copies: { ...recovery.copies, missing: [] } }),
      });
    },
  };
}
