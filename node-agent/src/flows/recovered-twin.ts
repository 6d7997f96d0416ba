import type { InstanceAttributes } from "../dicom/attributes.ts";
import { fault } from "../model/fault.ts";
import type { StudyId } from "../model/ids.ts";
import type { StudyView } from "../model/ledger-views.ts";
import type { InstanceRecord, StudyRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import { reseal } from "./reseal.ts";
import { whenIndexed } from "./when-indexed.ts";
import { addToTally, emptyTally } from "./study-tally.ts";

/** A study that has come back, checked, and not in the catalogue yet. */
export type Recovered = { readonly record: StudyRecord; readonly instances: readonly InstanceRecord[]; readonly sessionKey: Uint8Array; readonly wrappedKey: Uint8Array };

/** Reason code on chain of a study that was withdrawn because another of ours holds the same images: 0, which says nothing. */
const withdrawnAsTwin = 0;

/** What `has` lacks of `from`, by SOP Instance UID; the same UID with another content is a conflict that only people can settle, and is told. */
function lackedBy(context: HospitalContext, has: readonly InstanceRecord[], from: readonly InstanceRecord[]): InstanceRecord[] {
  const known = new Map(has.map((one) => [one.uid, one.datasetDigest]));
  const conflicts = from.filter((one) => known.has(one.uid) && known.get(one.uid) !== one.datasetDigest).length;
  if (conflicts > 0) context.log.error("instances sent again differ from those recovered; the ones registered first are kept", { conflicts });
  return from.filter((one) => !known.has(one.uid));
}

/** The twin's row of the catalogue and its instances become those of the recovered study, in one transaction. Instances that arrive meanwhile are taken too. */
async function absorb(context: HospitalContext, found: Recovered, twin: StudyId, restore: () => void): Promise<void> {
  const { catalogue, clock, tallies, sessionKeys } = context;
  const { record, sessionKey, wrappedKey } = found;
  const added: InstanceRecord[] = [];
  const sealed = new Set<string>();
  for (;;) {
    const lacking = lackedBy(context, found.instances, catalogue.instances(twin)).filter((one) => !sealed.has(one.uid));
    if (lacking.length > 0) {
      added.push(...(await reseal(context, lacking, { study: record.study, sessionKey, wrappedKey }, record.instanceCount + added.length + 1)));
      for (const one of lacking) sealed.add(one.uid);
      continue;
    }
    const all = [...found.instances, ...added];
    const attributes = addToTally(emptyTally(), all.map((one) => one.attributes as InstanceAttributes));
    catalogue.transaction(() => {
      restore();
      // Gives its UID up, and its rows with it.
      catalogue.updateStudy(twin, { state: "withdrawn" });
      const grown = added.length > 0 && record.state === "registered";
      catalogue.putStudy({ ...record, attributes, instanceCount: record.instanceCount + added.length, ...(grown ? { state: "receiving", touchedAt: clock.now() } : {}) });
      catalogue.putInstances(all);
    });
    tallies.forget(record.study);
    sessionKeys.drop(twin);
    context.log.warn("a study sent again while its original was recovered is one with it now", { study: record.study, twin, added: added.length });
    return;
  }
}

/** The recovered study's instances go to the twin, which is older on the chain; the recovered one is withdrawn there. */
async function giveTo(context: HospitalContext, found: Recovered, twin: StudyRecord): Promise<void> {
  const { catalogue, writer, signal, clock, tallies, sessionKeys, log } = context;
  if (twin.wrappedKey === null) throw fault("STUDY_UID_TAKEN", { study: found.record.study });
  const lacking = lackedBy(context, catalogue.instances(twin.study), found.instances);
  if (lacking.length > 0) {
    // Read under its own key, from the blocks that were just fetched: its row is not in the catalogue.
    const target = { study: twin.study, sessionKey: await sessionKeys.of(twin), wrappedKey: twin.wrappedKey };
    const before = catalogue.study(twin.study)?.instanceCount ?? twin.instanceCount;
    const sealed = await reseal({ ...context, catalogue: { ...catalogue, study: (id) => (id === found.record.study ? found.record : catalogue.study(id)) } }, lacking, target, before + 1);
    catalogue.transaction(() => {
      const now = catalogue.study(twin.study);
      if (now === null) throw fault("STUDY_UNKNOWN", { study: twin.study });
      // Numbers were given meanwhile: counted on from there.
      const moved = sealed.map((one, at) => ({ ...one, number: now.instanceCount + at + 1 }));
      catalogue.putInstances(moved);
      const attributes = addToTally(emptyTally(), catalogue.instances(twin.study).map((one) => one.attributes as InstanceAttributes));
      catalogue.updateStudy(twin.study, { state: "receiving", instanceCount: now.instanceCount + moved.length, touchedAt: clock.now(), attributes });
    });
    tallies.forget(twin.study);
  }
  const receipt = await writer.submit(`withdraw:${found.record.study}`, { kind: "withdrawStudy", study: found.record.study, reason: withdrawnAsTwin }, signal);
  await whenIndexed(context, receipt.block);
  log.warn("a study registered twice is one now; the younger is withdrawn", { study: twin.study, withdrawn: found.record.study, added: lacking.length });
}

/** Whether the twin is the one to keep: it stands on the chain, and longer than the recovered one. */
function twinStays(context: HospitalContext, view: StudyView, twin: StudyRecord): boolean {
  const other = context.ledgerIndex.study(twin.study);
  if (other === null || other.status !== "active") return false;
  return other.registeredAt < view.registeredAt || (other.registeredAt === view.registeredAt && other.id < view.id);
}

/**
 * Puts a recovered study into the catalogue. Where the PACS has sent the same study again while its original was away there are two ids for one Study
 * Instance UID: the one registered first stays, with its consents, and takes the instances that only the other has; nothing that was acknowledged
 * is lost, and the other is withdrawn where the chain knows it. `restore` runs in the same transaction. Gives the id that stays. Throws
 * STUDY_UID_TAKEN when the UID belongs to a copy of another hospital's study, LEDGER_ faults.
 */
export async function takeIn(context: HospitalContext, view: StudyView, found: Recovered, restore: () => void): Promise<StudyId> {
  const { catalogue } = context;
  const { record, instances } = found;
  const twin = catalogue.studyByUid(record.uid);
  const inTheWay = twin !== null && twin.study !== record.study && twin.state !== "dropped" && twin.state !== "withdrawn";
  if (!inTheWay || twin === null) {
    catalogue.transaction(() => {
      restore();
      catalogue.putStudy(record);
      catalogue.putInstances(instances);
    });
    return record.study;
  }
  if (twin.role !== "custodian") throw fault("STUDY_UID_TAKEN", { study: record.study });
  // What was withdrawn stays withdrawn: its images do not come back through a study that was sent anew.
  if (record.state === "withdrawn") return twin.study;
  if (twinStays(context, view, twin)) {
    await giveTo(context, found, twin);
    return twin.study;
  }
  await absorb(context, found, twin.study, restore);
  return record.study;
}
