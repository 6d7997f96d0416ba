import { splitHeader } from "../envelope/split-header.ts";
import { unwrapSessionKey } from "../envelope/session-key.ts";
import { catRange } from "../dag/read-file.ts";
import { parseCid } from "../dag/block.ts";
import type { Get } from "../dag/node.ts";
import { fault } from "../model/fault.ts";
import type { Digest, StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";
import { fetchTree } from "./fetch-tree.ts";
import { type Custody, readCustody } from "./manifest.ts";
import { type ObjectRef, openWhole } from "./open-object.ts";
import { objectAt } from "./read-manifest.ts";
import { replicaOrder } from "./place-replicas.ts";
import { verifyStudy } from "./verify-study.ts";

const headerBytes = 1024;

/** The first wrapped key in front of an object: the one made for the custodian, which is us. */
async function ownWrappedKey(ref: ObjectRef, get: Get): Promise<Uint8Array> {
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

/**
 * Restores a study that the chain says is ours and the catalogue does not know, from whoever keeps its blocks and from the keyring alone: the
 * manifest's own wrapped key gives the study key, the custody object the patient. Every object is opened and checked. Throws STUDY_BLOCKS_MISSING
 * while no reachable member has a block, and is called again.
 */
export async function recoverStudy(context: HospitalContext, id: StudyId): Promise<void> {
  const { ledgerIndex, catalogue, self, keyring, blocks, clock, log } = context;
  const view = ledgerIndex.study(id);
  if (view === null || view.custodian !== self.member) throw fault("STUDY_NOT_OURS", { study: id });
  if (catalogue.study(id) !== null) return;
  const root: Digest = view.root;
  await fetchTree(context, { study: id, root, sources: replicaOrder(context, root) });
  const get: Get = (cid) => blocks.get(cid);
  const wrappedKey = await ownWrappedKey(await objectAt(root, "manifest.pgp", get), get);
  const sessionKey = await unwrapSessionKey(wrappedKey, keyring.identity.privateKey);
  const verified = await verifyStudy({ study: id, root, sessionKey, get });
  const custodyRef = await objectAt(root, "custody.pgp", get);
  const custodyKey = await unwrapSessionKey(await ownWrappedKey(custodyRef, get), keyring.identity.privateKey);
  const custody = readCustody(await openWhole(custodyKey, custodyRef, get));
  if (custody.study !== id) throw fault("MANIFEST_MALFORMED", { what: "its custody object belongs to another study" });
  catalogue.transaction(() => {
    restorePatient(context, id, custody);
    catalogue.putStudy({
      study: id,
      uid: verified.manifest.uid,
      role: "custodian",
      state: view.status === "active" ? "registered" : "withdrawn",
      custodian: self.member,
      wrappedKey,
      version: view.version,
      root,
      instanceCount: verified.instances.reduce((most, one) => Math.max(most, one.number), 0),
      touchedAt: clock.now(),
      patient: view.patient,
      request: null,
      keepUntil: null,
      droppedBecause: null,
      attributes: verified.attributes,
    });
    catalogue.putInstances(verified.instances);
  });
  log.info("study recovered", { study: id, instances: verified.instances.length });
}
