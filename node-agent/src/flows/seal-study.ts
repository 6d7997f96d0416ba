import { fault } from "../model/fault.ts";
import type { StudyId } from "../model/ids.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";

/** The study kept here as custodian. Throws STUDY_UNKNOWN, STUDY_NOT_OURS. */
export function ownStudy(context: HospitalContext, study: StudyId): StudyRecord {
  const record = context.catalogue.study(study);
  if (record === null) throw fault(context.ledgerIndex.study(study) === null ? "STUDY_UNKNOWN" : "STUDY_NOT_OURS", { study });
  if (record.role !== "custodian") throw fault("STUDY_NOT_OURS", { study });
  return record;
}

/**
 * Takes a study as complete now, without waiting for the settle time; sharing follows in the background. A study already shared is left
 * alone. Durable when it returns. Throws STUDY_UNKNOWN, STUDY_NOT_OURS, STUDY_EMPTY, STUDY_WITHDRAWN.
 */
export function sealStudy(context: HospitalContext, study: StudyId): StudyRecord {
  const record = ownStudy(context, study);
  if (record.state === "withdrawn") throw fault("STUDY_WITHDRAWN", { study });
  if (record.instanceCount === 0) throw fault("STUDY_EMPTY", { study });
  if (record.state !== "receiving") return record;
  context.catalogue.updateStudy(study, { state: "settled" });
  context.wake.ring();
  return { ...record, state: "settled" };
}
