import { type Fault, fault } from "../model/fault.ts";
import type { StudyId } from "../model/ids.ts";

/** Reasons a copy is dropped: codes of the catalogue, kept in the study's row. */
export const goneReasons = ["STUDY_CONSENT_REVOKED", "STUDY_CONSENT_EXPIRED", "STUDY_WITHDRAWN", "STUDY_ACCESS_NOT_JUSTIFIED", "STUDY_EMERGENCY_ENDED", "STUDY_FETCH_CANCELLED", "STUDY_ERASED"] as const;
export type GoneReason = (typeof goneReasons)[number];

/** The 410 that belongs to a dropped study. */
export function goneFault(study: StudyId, because: string): Fault {
  const reason = goneReasons.find((one) => one === because);
  return reason === undefined ? fault("STUDY_GONE", { because }) : fault(reason, { study });
}
