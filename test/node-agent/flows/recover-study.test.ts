import test from "ava";
import { parseCid } from "../../../node-agent/src/dag/block.ts";
import type { HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { enrolPatient } from "../../../node-agent/src/flows/enrol-patient.ts";
import { hasPlaced, placeEnrolments, recoverEnrolments, registerId } from "../../../node-agent/src/flows/enrolment-register.ts";
import { keepReplica } from "../../../node-agent/src/flows/keep-replica.ts";
import { missingBlocks } from "../../../node-agent/src/flows/missing-blocks.ts";
import { recoverStudy } from "../../../node-agent/src/flows/recover-study.ts";
import { retrieveInstance } from "../../../node-agent/src/flows/retrieve-instance.ts";
import { SessionKeys } from "../../../node-agent/src/flows/session-keys.ts";
import { address, type Digest, digest, memberId, type StudyId } from "../../../node-agent/src/model/ids.ts";
import type { Intent } from "../../../node-agent/src/ports/ledger.ts";
import { hospitalXpub } from "../../../node-agent/src/wallet/account.ts";
import { newPhrase } from "../../../node-agent/src/wallet/phrase.ts";
import { Town } from "./support/room.ts";
import { collect, onlyStudy, patient, publish, slices, store } from "./support/studies.ts";

const one = memberId(1);
const nobody = address(`0x${"00".repeat(20)}`);
const noRoot = digest(`0x${"00".repeat(32)}`);

/** Hospital 1 has shared a study, which hospital 2 keeps; then it has lost its disk. `after` is hospital 1 on an empty one; `submitted` what it writes to the chain. */
async function lost(t: { teardown(fn: () => Promise<void>): void }, files: readonly Buffer[]) {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(3);
  const before = town.at(1);
  await store(before, files);
  const study = await publish(town, before, onlyStudy(before).study);
  await keepReplica(town.at(2), { owner: one, study: study.study, root: study.root ?? noRoot });
  const empty = new Town();
  t.teardown(() => empty.close());
  await empty.open(1);
  const blank = empty.at(1);
  const submitted: Intent[] = [];
  const after: HospitalContext = {
    ...blank,
    keyring: before.keyring,
    ledgerIndex: before.ledgerIndex,
    peers: before.peers,
    sessionKeys: new SessionKeys(before.keyring.identity.privateKey),
    watch: before.watch,
    writer: {
      ...blank.writer,
      async submit(_key, intent) {
        submitted.push(intent);
        const cursor = before.ledgerIndex.cursor();
        return { transaction: noRoot, block: cursor?.number ?? 0, blockHash: noRoot } as never;
      },
    },
  };
  return { town, before, after, study, submitted };
}

async function contents(context: HospitalContext, study: StudyId): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for (const record of context.catalogue.instances(study)) all.push(await collect((await retrieveInstance(context, record)).stream));
  return all;
}
const same = (t: { true(value: boolean, message?: string): void }, have: readonly Buffer[], want: readonly Buffer[]): void => {
  t.true(have.length === want.length && want.every((file) => have.some((other) => other.equals(file))), `${have.length} of ${want.length}`);
};

test("a study sent again in part while its original was away is one with it: same id, nothing twice, what is new is added", async (t) => {
  const files = slices(6, 32, "twin");
  const { after, study } = await lost(t, files.slice(0, 4));
  await store(after, files.slice(2));
  const twin = onlyStudy(after);
  t.not(twin.study, study.study, "a second id, for the first could not be known");
  await recoverStudy(after, study.study);
  const record = onlyStudy(after);
  t.is(record.study, study.study);
  t.is(record.state, "receiving", "a new version is due");
  t.is(record.version, 1);
  t.is(record.instanceCount, 6);
  const numbers = after.catalogue.instances(study.study).map((instance) => instance.number);
  t.deepEqual(numbers, [1, 2, 3, 4, 5, 6]);
  same(t, await contents(after, study.study), files);
  t.is(record.attributes["00201208"]?.Value?.[0], 6);
});

test("all of it sent again: the original stays as it was", async (t) => {
  const files = slices(3, 32, "again");
  const { after, study } = await lost(t, files);
  await store(after, files);
  await recoverStudy(after, study.study);
  const record = onlyStudy(after);
  t.is(record.study, study.study);
  t.is(record.state, "registered");
  same(t, await contents(after, study.study), files);
  for (const instance of after.catalogue.instances(study.study)) t.deepEqual(await missingBlocks(after.blocks, parseCid(instance.object)), []);
});

test("a large instance sent meanwhile is sealed anew as a stream", async (t) => {
  const files = slices(2, 2200, "large");
  const { after, study } = await lost(t, files.slice(0, 1));
  await store(after, files.slice(1));
  await recoverStudy(after, study.study);
  same(t, await contents(after, study.study), files);
});

test("a twin that was registered already goes: the study registered first keeps its consents, the younger is withdrawn on the chain", async (t) => {
  const files = slices(5, 32, "registered");
  const { town, after, study, submitted } = await lost(t, files.slice(0, 3));
  await store(after, files.slice(1));
  const twin = await publish(town, after, onlyStudy(after).study);
  await recoverStudy(after, study.study);
  t.is(onlyStudy(after).study, study.study);
  same(t, await contents(after, study.study), files);
  t.deepEqual(submitted, [], "its own registration stands");
  await keepReplica(town.at(2), { owner: one, study: twin.study, root: twin.root ?? noRoot }).catch(() => undefined);
  await recoverStudy(after, twin.study);
  t.deepEqual(submitted, [{ kind: "withdrawStudy", study: twin.study, reason: 0 }]);
  t.is(onlyStudy(after).study, study.study);
  same(t, await contents(after, study.study), files);
});

test("a withdrawn study comes back as withdrawn, and not into one that was sent anew", async (t) => {
  const files = slices(2, 32, "withdrawn");
  const { town, after, study } = await lost(t, files);
  town.tell([{ kind: "StudyWithdrawn", study: study.study, custodian: one, patient: study.patient ?? nobody, reason: 0 }]);
  await recoverStudy(after, study.study);
  t.is(onlyStudy(after).state, "withdrawn");
  same(t, await contents(after, study.study), files);

  const other = await lost(t, files);
  other.town.tell([{ kind: "StudyWithdrawn", study: other.study.study, custodian: one, patient: other.study.patient ?? nobody, reason: 0 }]);
  const more = slices(3, 32, "withdrawn").slice(2);
  await store(other.after, more);
  const fresh = onlyStudy(other.after).study;
  await recoverStudy(other.after, other.study.study);
  t.is(onlyStudy(other.after).study, fresh);
  same(t, await contents(other.after, fresh), more);
});

test("a patient enrolled without any study comes back from the register that others keep", async (t) => {
  const { town, before, after } = await lost(t, slices(1));
  const xpub = hospitalXpub(newPhrase(), one);
  const later = hospitalXpub(newPhrase(), one);
  enrolPatient(before, { patientId: "lonely", issuer: "", xpub });
  await placeEnrolments(before);
  t.true(hasPlaced(before));
  enrolPatient(before, { patientId: "later", issuer: "HOSP", xpub: later });
  await placeEnrolments(before);
  const kept = [town.at(2), town.at(3)].flatMap((context) => context.catalogue.pins({ owner: one, study: registerId(before) }));
  t.is(kept.length, 1, "one register at as many members as keep a study");
  t.false(hasPlaced(after));
  t.is(await recoverEnrolments(after), 2);
  t.is(after.catalogue.patient("lonely", "")?.xpub, xpub);
  t.is(after.catalogue.patient("later", "HOSP")?.xpub, later);
  t.is(await recoverEnrolments(after), 0, "again: nothing changes");
  t.deepEqual(after.catalogue.patient(patient.id, ""), null);
});

test("a member that is silent keeps the search for enrolments open, what the others keep is taken in", async (t) => {
  const { town, before, after } = await lost(t, slices(1));
  enrolPatient(before, { patientId: "lonely", issuer: "", xpub: hospitalXpub(newPhrase(), one) });
  await placeEnrolments(before);
  const holder = [2, 3].find((member) => town.at(member).catalogue.pins({ owner: one, study: registerId(before) }).length > 0) ?? 2;
  town.silent.add(holder === 2 ? 3 : 2);
  await t.throwsAsync(recoverEnrolments(after), { code: "PEER_UNREACHABLE" });
  t.not(after.catalogue.patient("lonely", ""), null);
});

test("an older register does not replace a newer one", async (t) => {
  const { town, before, after } = await lost(t, slices(1));
  enrolPatient(before, { patientId: "first", issuer: "", xpub: hospitalXpub(newPhrase(), one) });
  await placeEnrolments(before);
  const [holder, other] = town.at(2).catalogue.pins({ owner: one, study: registerId(before) }).length > 0 ? [2, 3] : [3, 2];
  town.silent.add(holder ?? 2);
  enrolPatient(before, { patientId: "second", issuer: "", xpub: hospitalXpub(newPhrase(), one) });
  await placeEnrolments(before);
  t.is(town.at(other ?? 3).catalogue.pins({ owner: one, study: registerId(before) }).length, 1, "the next member took it");
  town.silent.clear();
  const roots = new Set<Digest>([2, 3].flatMap((member) => town.at(member).catalogue.pins({ owner: one, study: registerId(before) }).map((pin) => pin.root)));
  t.is(roots.size, 2);
  t.is(await recoverEnrolments(after), 2);
});
