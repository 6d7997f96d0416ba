import test from "ava";
import { readCertificate } from "../../../node-agent/src/envelope/certificate.ts";
import { wrapSessionKey } from "../../../node-agent/src/envelope/session-key.ts";
import { keyDigestOf, mayAnswer } from "../../../node-agent/src/flows/answer-request.ts";
import { buildRoot, buildSeries } from "../../../node-agent/src/flows/build-root.ts";
import type { HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { newRequestId } from "../../../node-agent/src/flows/request-access.ts";
import { newMemory, reconcile } from "../../../node-agent/src/flows/reconcile.ts";
import { releaseKey } from "../../../node-agent/src/flows/release-key.ts";
import { withdrawStudy } from "../../../node-agent/src/flows/withdraw-study.ts";
import { address, digest, memberId, type MemberId, type RequestId } from "../../../node-agent/src/model/ids.ts";
import type { Purpose } from "../../../node-agent/src/model/purpose.ts";
import type { StudyRecord } from "../../../node-agent/src/ports/catalogue.ts";
import { Town } from "./support/room.ts";
import { onlyStudy, publish, slices, store } from "./support/studies.ts";

const [one, two] = [memberId(1), memberId(2)];
const nobody = address(`0x${"00".repeat(20)}`);
const second = (): number => Math.floor(Date.now() / 1000);

async function newTown(t: { teardown(fn: () => Promise<void>): void }): Promise<Town> {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(2, { replicas: 1 });
  return town;
}

function consent(town: Town, study: StudyRecord, purposes: readonly Purpose[], grantee: MemberId = two): void {
  const patient = study.patient ?? nobody;
  town.tell([{ kind: "ConsentGranted", study: study.study, grantee, patient, purposes, notBefore: second() - 10, expiry: second() + 3600, class: "signed", creditAccount: patient, nonce: 0, relayer: one }]);
}

/** A request of hospital 2 that was granted, delivered and acknowledged on chain, with its key in hospital 1's hands. */
async function acknowledged(town: Town, study: StudyRecord, purpose: Purpose): Promise<RequestId> {
  const request = newRequestId();
  const wrappedKey = await wrapSessionKey(await town.at(1).sessionKeys.of(study), await readCertificate(town.at(2).keyring.identity.certificate.binary));
  town.at(1).catalogue.putRelease({ request, study: study.study, requester: two, wrappedKey });
  const parties = { request, study: study.study, requester: two, custodian: one };
  town.tell([
    { kind: "AccessRequested", ...parties, patient: study.patient ?? nobody, purpose, granted: true, reason: "none", emergency: purpose === "ETREAT", dueBy: second() + 60 },
    { kind: "KeyDelivered", ...parties, keyDigest: keyDigestOf(wrappedKey) },
    { kind: "AccessAcknowledged", ...parties, receipt: digest(`0x${"01".repeat(32)}`) },
  ]);
  return request;
}

async function pass(context: HospitalContext): Promise<void> {
  reconcile(context, newMemory());
  await context.attempts.drained();
}

test("a late instance makes a new version, and holders get it", async (t) => {
  const town = await newTown(t);
  const [custodian, holder] = [town.at(1), town.at(2)];
  const files = slices(3, 32, "late");
  await store(custodian, files.slice(0, 2));
  const study = await publish(town, custodian, onlyStudy(custodian).study);
  consent(town, study, ["TREAT"]);
  await acknowledged(town, study, "TREAT");
  await pass(holder);
  t.is(holder.catalogue.instances(study.study).length, 2);

  await store(custodian, files.slice(2));
  const [now, instances] = [onlyStudy(custodian), custodian.catalogue.instances(study.study)];
  t.is(instances.length, 3);
  const root = await buildRoot(custodian, now, 2, instances, await buildSeries(custodian, now, instances));
  custodian.catalogue.updateStudy(study.study, { root, version: 2, state: "registered" });
  town.tell([{ kind: "StudySuperseded", study: study.study, custodian: one, patient: study.patient ?? nobody, root, version: 2 }]);
  await pass(holder);
  t.is(holder.catalogue.instances(study.study).length, 3);
  t.like(holder.catalogue.study(study.study), { version: 2, root, state: "held" });
  await pass(holder);
  t.deepEqual(holder.attempts.failures(), []);
});

test("a newer request whose purpose has ended does not stand before an older one that still carries the copy", async (t) => {
  const town = await newTown(t);
  const [custodian, holder] = [town.at(1), town.at(2)];
  await store(custodian, slices(1));
  const study = await publish(town, custodian, onlyStudy(custodian).study);
  consent(town, study, ["TREAT", "HRESCH"]);
  await acknowledged(town, study, "TREAT");
  await acknowledged(town, study, "HRESCH");
  consent(town, study, ["TREAT"]);
  await pass(holder);
  t.is(holder.catalogue.study(study.study)?.state, "held");
});

test("a study withdrawn while its registration was on the way stays withdrawn: no key leaves, and the chain is told", async (t) => {
  const town = await newTown(t);
  const custodian = town.at(1);
  await store(custodian, slices(1));
  const before = onlyStudy(custodian);
  t.is(await withdrawStudy(custodian, { study: before.study, reason: 0 }), null, "nothing is on chain yet");
  town.tell([{ kind: "StudyRegistered", study: before.study, custodian: one, patient: before.patient ?? nobody, root: digest(`0x${"05".repeat(32)}`) }]);
  consent(town, before, ["TREAT"]);
  const request = await acknowledged(town, before, "TREAT");
  const view = custodian.ledgerIndex.request(request);
  t.false(view !== null && mayAnswer(custodian, view));
  t.throws(() => releaseKey(custodian, { requester: two, request }), { message: /withdrawn/u });
  reconcile(custodian, newMemory());
  t.true(custodian.attempts.isRunning("withdrawStudy", before.study));
  await custodian.attempts.drained();
  t.is(custodian.writer.pending(), 1, "kept to be sent once the node is there");
  t.is(onlyStudy(custodian).state, "withdrawn");
});
