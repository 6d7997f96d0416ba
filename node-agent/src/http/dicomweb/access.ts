import { neverArrived, unreadable } from "../../flows/availability.ts";
import type { HospitalContext } from "../../flows/context.ts";
import { goneFault } from "../../flows/gone.ts";
import { type Fault, fault } from "../../model/fault.ts";
import type { Address, Uid } from "../../model/ids.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { StudyRecord } from "../../ports/catalogue.ts";

/** Decides who may read which study here, on every request; what is costly is remembered per (principal, study) until the next block or second. */
export type StudyAccess = {
  /**
   * The readable study, or throws: HTTP_STUDY_UNKNOWN, HTTP_FOREIGN_PATIENT, or the 410 that says why the copy is gone. It may still be arriving:
   * whoever gives more of it than single instances asks `incomplete`.
   */
  read(who: Principal, uid: Uid): StudyRecord;
  /** Whether a search may show the study to this principal. */
  shows(who: Principal, record: StudyRecord): boolean;
};

const rememberMilliseconds = 1_000;
const mostRemembered = 10_000;

/** Whether the principal reads as a patient: of the roles that see images it has only that one. */
export const isPatientOnly = (who: Principal): boolean => !who.roles.includes("clinician");

/** Addresses of a patient account's own studies; none for other accounts. */
export function ownAddresses(context: HospitalContext, who: Principal): readonly Address[] {
  return who.patient === null ? [] : context.catalogue.patientAddresses(who.patient.patientId, who.patient.issuer);
}

export function createStudyAccess(context: HospitalContext): StudyAccess {
  const remembered = new Map<string, { readonly record: StudyRecord; readonly block: number; readonly until: number; readonly refusal: Fault | null }>();

  const decide = (who: Principal, record: StudyRecord): Fault | null => {
    if (isPatientOnly(who) && (record.patient === null || !ownAddresses(context, who).includes(record.patient))) return fault("HTTP_FOREIGN_PATIENT", {});
    const why = unreadable(context, record);
    if (why !== null) return why;
    return record.wrappedKey === null ? goneFault(record.study, record.droppedBecause ?? "STUDY_WITHDRAWN") : null;
  };
  const decision = (who: Principal, record: StudyRecord): Fault | null => {
    // By what the decision rests on: an account may be given other roles or another patient within a second.
    const key = JSON.stringify([record.study, who.name, isPatientOnly(who), who.patient]);
    const block = context.ledgerIndex.cursor()?.number ?? -1;
    const now = context.clock.now();
    const known = remembered.get(key);
    const stands = known !== undefined && known.block === block && known.until > now && known.record.state === record.state && known.record.instanceCount === record.instanceCount;
    if (stands) return known.refusal;
    const refusal = decide(who, record);
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(key, { record, block, until: now + rememberMilliseconds, refusal });
    return refusal;
  };

  return {
    read: (who, uid) => {
      const record = context.catalogue.studyByUid(uid);
      if (record === null || neverArrived(record)) throw fault("HTTP_STUDY_UNKNOWN", {});
      const refusal = decision(who, record);
      if (refusal !== null) throw refusal;
      return record;
    },
    shows: (who, record) => decision(who, record) === null,
  };
}
