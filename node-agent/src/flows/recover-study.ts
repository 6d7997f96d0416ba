import { splitHeader } from "../envelope/split-header.ts";
import { unwrapSessionKey } from "../envelope/session-key.ts";
import { catRange } from "../dag/read-file.ts";
import { parseCid } from "../dag/block.ts";
import type { Get } from "../dag/node.ts";
import { Fault, fault } from "../model/fault.ts";
import type { StudyId } from "../model/ids.ts";
import type { StudyView } from "../model/ledger-views.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import { FetchReport } from "./fetch-report.ts";
import { fetchTree } from "./fetch-tree.ts";
import { type Custody, readCustody } from "./manifest.ts";
import { type ObjectRef, openWhole } from "./open-object.ts";
import { objectAt } from "./read-manifest.ts";
import { replicaOrder } from "./place-replicas.ts";
import { type Recovered, takeIn } from "./recovered-twin.ts";
import { verifyStudy } from "./verify-study.ts";

const headerBytes = 1024;

/** The first wrapped key in front of an object: the one made for the custodian, which is us. */
export async function ownWrappedKey(ref: ObjectRef, get: Get): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of catRange(parseCid(ref.object), { start: 0, end: Math.min(headerBytes, ref.objectSize) }, get)) parts.push(part);
  const [first] = splitHeader(Buffer.concat(parts)).pkesks;
  if (first === undefined) throw fault("MANIFEST_MALFORMED", { what: "an object has no wrapped key" });
  return Uint8Array.from(first);
}

function restorePatient(context: HospitalContext, study: StudyId, custody: Custody): void {
  const { catalogue, ledgerIndex } = context;
  const patient = ledgerIndex.study(study)?.patient;
  if (patient === undefined || custody.patientId === "") return;
  const { patientId, issuer, xpub, index } = custody;
  const known = catalogue.patient(patientId, issuer);
  const nextIndex = Math.max(known?.nextIndex ?? 0, index === null ? 0 : index + 1);
  catalogue.putPatient({ patientId, issuer, xpub: known?.xpub ?? xpub, nextIndex });
  catalogue.putPatientAddress(patient, patientId, issuer, index);
}

/** Everything of the study, fetched, opened and checked. Throws STUDY_BLOCKS_MISSING and the faults of content. */
async function bringBack(context: HospitalContext, view: StudyView, report: FetchReport): Promise<Recovered & { readonly custody: Custody }> {
  const { keyring, blocks, clock, self } = context;
  const { id, root } = view;
  report.set({ phase: "blocks" });
  await fetchTree(context, { study: id, root, sources: replicaOrder(context, root), onArrival: (bytes, source) => report.arrived(bytes, source) });
  report.set({ phase: "verifying" });
  const get: Get = (cid) => blocks.get(cid);
  const wrappedKey = await ownWrappedKey(await objectAt(root, "manifest.pgp", get), get);
  const sessionKey = await unwrapSessionKey(wrappedKey, keyring.identity.privateKey);
  const { manifest, instances, attributes } = await verifyStudy({ study: id, root, sessionKey, get, work: context.work, onObject: (objectsDone, objectsTotal) => report.set({ objectsDone, objectsTotal }) });
  const custodyRef = await objectAt(root, "custody.pgp", get);
  const custodyKey = await unwrapSessionKey(await ownWrappedKey(custodyRef, get), keyring.identity.privateKey);
  const custody = readCustody(await openWhole(custodyKey, custodyRef, get));
  if (custody.study !== id) throw fault("MANIFEST_MALFORMED", { what: "its custody object belongs to another study" });
  const record: StudyRecord = {
    study: id,
    uid: manifest.uid,
    role: "custodian",
    state: view.status === "active" ? "registered" : "withdrawn",
    custodian: self.member,
    wrappedKey,
    version: view.version,
    root,
    instanceCount: instances.reduce((most, one) => Math.max(most, one.number), 0),
    touchedAt: clock.now(),
    patient: view.patient,
    request: null,
    keepUntil: null,
    droppedBecause: null,
    attributes,
  };
  return { record, instances, sessionKey, wrappedKey, custody };
}

/**
 * Restores a study that the chain says is ours and the catalogue does not know, withdrawn ones too, from whoever keeps its blocks and from the keyring
 * alone: the manifest's own wrapped key gives the study key, the custody object the patient. Every object is opened and checked. Where the PACS has
 * sent the study again meanwhile, both become one (`takeIn`). Throws STUDY_BLOCKS_MISSING while no reachable member has a block, STUDY_UID_TAKEN
 * when a copy of another hospital's study has its UID, and is called again.
 */
export async function recoverStudy(context: HospitalContext, id: StudyId): Promise<void> {
  const { ledgerIndex, catalogue, self, log } = context;
  const view = ledgerIndex.study(id);
  if (view === null || view.custodian !== self.member) throw fault("STUDY_NOT_OURS", { study: id });
  if (catalogue.study(id) !== null) return;
  const report = new FetchReport(context, { study: id, request: null, custodian: self.member });
  try {
    const found = await bringBack(context, view, report);
    const kept = await takeIn(context, view, found, () => restorePatient(context, id, found.custody));
    report.set({ phase: "done", etaSeconds: null });
    log.info("study recovered", { study: id, instances: found.instances.length, into: kept });
  } catch (error) {
    report.set({ phase: "failed", etaSeconds: null, error: error instanceof Fault ? error.code : "HTTP_INTERNAL" });
    throw error;
  }
}
