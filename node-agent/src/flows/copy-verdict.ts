import type { RequestView } from "../model/ledger-views.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import type { FlowContext } from "./context.ts";
import type { GoneReason } from "./gone.ts";

const held = ["delivered", "acknowledged"] as const;

/** Whether one request still carries a copy, and if not why. Emergencies stand on their review and their hold, all others on a consent that covers their purpose now. */
export function requestVerdict(context: FlowContext, request: RequestView): GoneReason | null {
  const { ledgerIndex, self, settings, clock } = context;
  const now = clock.now();
  if (request.emergency) {
    if (request.review === "notJustified") return "STUDY_ACCESS_NOT_JUSTIFIED";
    return request.requestedAt * 1000 + settings.emergencyHoldMs <= now ? "STUDY_EMERGENCY_ENDED" : null;
  }
  const at = Math.floor(now / 1000);
  if (ledgerIndex.consentFor(request.study, self.member, request.purpose, at) !== null) return null;
  const standing = ledgerIndex.consents(request.study).filter((one) => one.grantee === self.member || one.grantee === 0);
  return standing.some((one) => one.expiry <= at) && standing.every((one) => one.expiry <= at) ? "STUDY_CONSENT_EXPIRED" : "STUDY_CONSENT_REVOKED";
}

/**
 * Why a copy fetched from another member must go, or null while any delivered request of ours still carries it. A function of the local
 * index and the clock alone, so that it says the same on every read and in every life of the agent.
 */
export function copyVerdict(context: FlowContext, record: Pick<StudyRecord, "study" | "role">): GoneReason | null {
  if (record.role !== "holder") return null;
  const { ledgerIndex, self } = context;
  if (ledgerIndex.study(record.study)?.status !== "active") return "STUDY_WITHDRAWN";
  const verdicts = ledgerIndex
    .requests({ study: record.study, requester: self.member, states: [...held] })
    .map((request) => requestVerdict(context, request));
  return verdicts.includes(null) ? null : (verdicts[0] ?? "STUDY_CONSENT_REVOKED");
}
