import type { z } from "zod";
import type { Attestation } from "../../flows/attest-consent.ts";
import type { HospitalContext } from "../../flows/context.ts";
import type { FetchProgress } from "../../flows/progress.ts";
import { textOf } from "../../dicom/attributes.ts";
import type { DicomJson } from "../../dicom/json.ts";
import type { ConsentView, RequestView, StudyView } from "../../model/ledger-views.ts";
import type { TypedData } from "../../model/typed-data.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { StudyRecord } from "../../ports/catalogue.ts";
import type { attestation, study } from "./schemas/work.ts";
import type { consentView, progress, requestView } from "./schemas/chain.ts";
import type { typedData } from "./schemas/values.ts";

/** The model's values as the API writes them: only the fields of the schema, mutable arrays where JSON has arrays. */
type Out<Schema extends z.ZodType> = z.input<Schema>;

export const requestOf = (view: RequestView): Out<typeof requestView> => ({
  id: view.id,
  study: view.study,
  requester: view.requester,
  custodian: view.custodian,
  patient: view.patient,
  purpose: view.purpose,
  state: view.state,
  reason: view.reason,
  emergency: view.emergency,
  review: view.review,
  requestedAt: view.requestedAt,
  dueBy: view.dueBy,
  accused: view.accused,
  keyDigest: view.keyDigest,
});

export const consentOf = (view: ConsentView): Out<typeof consentView> => ({
  study: view.study,
  grantee: view.grantee,
  purposes: [...view.purposes],
  notBefore: view.notBefore,
  expiry: view.expiry,
  class: view.class,
  creditAccount: view.creditAccount,
});

export const progressOf = (row: FetchProgress | null): Out<typeof progress> | null =>
  row === null
    ? null
    : {
        phase: row.phase,
        bytesDone: row.bytesDone,
        bytesTotal: row.bytesTotal,
        objectsDone: row.objectsDone,
        objectsTotal: row.objectsTotal,
        bytesPerSecond: row.bytesPerSecond,
        etaSeconds: row.etaSeconds,
        sources: row.sources.map((one) => ({ ...one })),
        startedAt: row.startedAt,
        updatedAt: row.updatedAt,
        error: row.error,
      };

export const attestationOf = (one: Attestation): Out<typeof attestation> => ({
  proposal: one.proposal,
  study: one.study,
  grantee: one.grantee,
  purposes: [...one.purposes],
  notBefore: one.notBefore,
  expiry: one.expiry,
  proposedBy: one.proposedBy,
  proposedAt: one.proposedAt,
});

export const typedDataOf = (document: TypedData): Out<typeof typedData> => ({
  types: Object.fromEntries(Object.entries(document.types).map(([name, fields]) => [name, fields.map((field) => ({ ...field }))])),
  primaryType: document.primaryType,
  domain: { ...document.domain },
  message: { ...document.message },
});

/** What an account may see of a study's attributes: auditors see none of them (design 7), whoever else reached the study sees all. */
const seesNames = (who: Principal): boolean => who.roles.includes("clinician") || who.roles.includes("patient");

/** A study of the catalogue. `lapsed`: a copy on which nothing stands any more names nobody, also in the moment before it is dropped. */
export function localStudy(who: Principal, record: StudyRecord, lapsed: boolean): Out<typeof study> {
  const json = record.attributes as DicomJson;
  const named = seesNames(who) && !lapsed;
  const text = (tag: string): string | null => (named ? textOf(json, tag) || null : null);
  const name = json["00100010"]?.Value?.[0];
  const alphabetic = typeof name === "object" && name !== null && "Alphabetic" in name && typeof name.Alphabetic === "string" ? name.Alphabetic : null;
  const modalities = named ? (json["00080061"]?.Value ?? []).filter((one) => typeof one === "string") : [];
  return {
    study: record.study,
    uid: seesNames(who) ? record.uid : null,
    role: record.role,
    state: record.state,
    complete: record.state !== "fetching" && record.state !== "receiving",
    custodian: record.custodian,
    patient: record.patient,
    version: record.version,
    root: record.root,
    instances: record.instanceCount,
    request: record.request,
    keepUntil: record.keepUntil,
    droppedBecause: record.droppedBecause,
    description: text("00081030"),
    date: text("00080020"),
    modalities,
    patientName: named ? alphabetic : null,
    patientId: text("00100020"),
  };
}

/** A study known from the chain alone. */
export const chainStudy = (view: StudyView): Out<typeof study> => ({
  study: view.id,
  uid: null,
  role: "none",
  state: view.status,
  complete: true,
  custodian: view.custodian,
  patient: view.patient,
  version: view.version,
  root: view.root,
  instances: 0,
  request: null,
  keepUntil: null,
  droppedBecause: null,
  description: null,
  date: null,
  modalities: [],
  patientName: null,
  patientId: null,
});

/** Members that keep the study's present root, by the catalogue's pins. */
export const replicasOf = (context: HospitalContext, record: StudyRecord): number[] =>
  context.catalogue.pins({ study: record.study, owner: context.self.member }).filter((pin) => pin.root === record.root).map((pin) => pin.holder);
