import { randomBytes } from "node:crypto";
import { textOf } from "../dicom/attributes.ts";
import type { DicomJson } from "../dicom/json.ts";
import { newSessionKey, wrapSessionKey } from "../envelope/session-key.ts";
import { fault } from "../model/fault.ts";
import { type Address, address, studyId, type Uid } from "../model/ids.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import { addressAt } from "../wallet/account.ts";
import type { HospitalContext } from "./context.ts";

type Owner = { readonly patientId: string; readonly issuer: string };
const ownerIn = (attributes: DicomJson): Owner => ({ patientId: textOf(attributes, "00100020"), issuer: textOf(attributes, "00100021") });
const ownerOf = ({ catalogue }: HospitalContext, { patient }: StudyRecord): Owner => (patient === null ? null : catalogue.patientOf(patient)) ?? { patientId: "", issuer: "" };

/** Studies being opened, by UID: two uploads of a new study must find one study id and one session key. */
export type Openings = Map<Uid, Promise<StudyRecord>>;

/**
 * The next child of an enrolled patient's key that no study on the chain has: after a lost disk the counter lags behind until every study is
 * recovered, and the chain takes an address once.
 */
function nextChild({ catalogue, ledgerIndex }: HospitalContext, patientId: string, issuer: string, xpub: string): { readonly made: Address; readonly index: number } {
  for (;;) {
    const index = catalogue.takeIndex(patientId, issuer);
    const made = addressAt(xpub, index);
    if (ledgerIndex.studies({ patients: [made] }).length === 0) return { made, index };
  }
}

/**
 * The address that may consent to a new study: a fresh child of the enrolled patient's key, or for a patient on paper a random address
 * nobody holds, so that the chain cannot tell the two apart.
 */
function newPatientAddress(context: HospitalContext, { patientId, issuer }: Owner): Address {
  const { catalogue } = context;
  const patient = patientId === "" ? null : catalogue.patient(patientId, issuer);
  const { made, index } = patient?.xpub == null ? { made: address(`0x${randomBytes(20).toString("hex")}`), index: null } : nextChild(context, patientId, issuer, patient.xpub);
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
    patient: newPatientAddress(context, ownerIn(attributes)),
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
 * The patient address of a study whose first instances are being kept, by what they say. What opened it may have been a cut or refused upload in
 * another patient's name, whose wallet must not come to own the study.
 */
export function addressOfFirst(context: HospitalContext, record: StudyRecord, attributes: DicomJson): Address | null {
  const [before, now] = [ownerOf(context, record), ownerIn(attributes)];
  return before.patientId === now.patientId && before.issuer === now.issuer ? record.patient : newPatientAddress(context, now);
}

/** The study with an address that is its own: one given out while the index was behind (a lost disk) may be another study's, which no registration would survive. */
export function withOwnAddress(context: HospitalContext, record: StudyRecord): StudyRecord {
  if (record.version > 0 || record.patient === null) return record;
  const taken = context.ledgerIndex.studies({ patients: [record.patient] }).some((one) => one.id !== record.study);
  if (!taken) return record;
  const patient = newPatientAddress(context, ownerOf(context, record));
  context.catalogue.updateStudy(record.study, { patient });
  return { ...record, patient };
}

/**
 * The study an arriving instance belongs to, made (id, session key, patient address) when its UID is new. Throws STUDY_FOREIGN for a study
 * fetched from another member, STUDY_WITHDRAWN.
 */
export async function openStudy(context: HospitalContext, uid: Uid, attributes: DicomJson): Promise<StudyRecord> {
  const under = context.openings.get(uid);
  if (under !== undefined) return await under;
  const known = context.catalogue.studyByUid(uid);
  // A dropped copy does not keep the same study from being stored here first-hand; its row gives the UID up.
  if (known !== null && known.state !== "dropped") {
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
