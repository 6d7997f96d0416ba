import { randomBytes } from "node:crypto";
import { textOf } from "../dicom/attributes.ts";
import type { DicomJson } from "../dicom/json.ts";
import { newSessionKey, wrapSessionKey } from "../envelope/session-key.ts";
import { fault } from "../model/fault.ts";
import { type Address, address, studyId, type Uid } from "../model/ids.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import { addressAt } from "../wallet/account.ts";
import type { HospitalContext } from "./context.ts";

/** Studies being opened, by UID: two uploads of a new study must find one study id and one session key. */
export type Openings = Map<Uid, Promise<StudyRecord>>;

/**
 * The address that may consent to a new study: a fresh child of the enrolled patient's key, or for a patient on paper a random address
 * nobody holds, so that the chain cannot tell the two apart.
 */
function newPatientAddress(context: HospitalContext, attributes: DicomJson): Address {
  const { catalogue } = context;
  const patientId = textOf(attributes, "00100020");
  const issuer = textOf(attributes, "00100021");
  const patient = patientId === "" ? null : catalogue.patient(patientId, issuer);
  const index = patient?.xpub == null ? null : catalogue.takeIndex(patientId, issuer);
  const made = patient?.xpub == null || index === null ? address(`0x${randomBytes(20).toString("hex")}`) : addressAt(patient.xpub, index);
  if (patientId !== "") {
    if (patient === null) catalogue.putPatient({ patientId, issuer, xpub: null, nextIndex: 0 });
    catalogue.putPatientAddress(made, patientId, issuer, index);
  }
  return made;
}

async function create(context: HospitalContext, uid: Uid, attributes: DicomJson): Promise<StudyRecord> {
  const key = newSessionKey();
  const wrappedKey = await wrapSessionKey(key, context.keyring.identity.certificate);
  const study = studyId(`0x${randomBytes(32).toString("hex")}`);
  const record: StudyRecord = {
    study,
    uid,
    role: "custodian",
    state: "receiving",
    custodian: context.self.member,
    wrappedKey,
    version: 0,
    root: null,
    instanceCount: 0,
    touchedAt: context.clock.now(),
    patient: newPatientAddress(context, attributes),
    request: null,
    keepUntil: null,
    droppedBecause: null,
    attributes: {},
  };
  context.catalogue.putStudy(record);
  context.sessionKeys.put(study, key);
  context.log.info("study opened", { study });
  return record;
}

/**
 * The study an arriving instance belongs to, made (id, session key, patient address) when its UID is new. Throws STUDY_FOREIGN for a study
 * fetched from another member, STUDY_WITHDRAWN.
 */
export async function openStudy(context: HospitalContext, uid: Uid, attributes: DicomJson): Promise<StudyRecord> {
  const under = context.openings.get(uid);
  if (under !== undefined) return await under;
  const known = context.catalogue.studyByUid(uid);
  if (known !== null) {
    if (known.role !== "custodian") throw fault("STUDY_FOREIGN", {});
    if (known.state === "withdrawn") throw fault("STUDY_WITHDRAWN", { study: known.study });
    return known;
  }
  const opening = create(context, uid, attributes);
  context.openings.set(uid, opening);
  try {
    return await opening;
  } finally {
    context.openings.delete(uid);
  }
}
