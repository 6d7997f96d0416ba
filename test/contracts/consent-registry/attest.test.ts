import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { grant, nonceOf, revoke } from "../support/consents.ts";
import { day, fresh, purpose, startWorld, zero } from "../support/world.ts";

const w = await startWorld();
const study = await w.register(1);
reportCoverage(test);
const attest = async (grantee: number, length = day, purposes = 1, id = study.id, from = w.operator(1)) => {
  const now = await w.now();
  return w.send(from, w.consents, "attest", [id, grantee, purposes, now, now + length]);
};
const withdraw = (grantee: number, id = study.id, from = w.operator(1)) => w.send(from, w.consents, "withdrawAttestation", [id, grantee]);

test.serial("the custodian attests and withdraws; the patient's nonce does not move", async (t) => {
  const sent = await attest(2);
  emitted(t, sent, "ConsentGranted", { studyId: study.id, grantee: 2, patient: study.patient.address, class: 2, creditAccount: zero, nonce: 0n, relayer: 1 });
  t.is(await nonceOf(w, study, 2), 0n);
  const now = await w.now();
  t.deepEqual(await w.read(w.consents, "check", [study.id, 2, purpose.TREAT, now]), [0, zero, 2]);
  emitted(t, await withdraw(2), "ConsentRevoked", { studyId: study.id, grantee: 2, class: 2, byCustodian: true, nonce: 0n, relayer: 1 });
  t.deepEqual(await w.read(w.consents, "check", [study.id, 2, purpose.TREAT, now]), [4, zero, 3]);
  t.deepEqual(await refused(t, "AttestationMissing", withdraw(2)), [study.id, 2]);
});

test.serial("it may not replace a standing signature, nor end one; it may follow one that lapsed or was revoked", async (t) => {
  await grant(w, study, { grantee: 3 });
  t.deepEqual(await refused(t, "SignedConsentStands", attest(3)), [study.id, 3]);
  await refused(t, "AttestationMissing", withdraw(3));
  await revoke(w, study, 3);
  await t.notThrowsAsync(attest(3));
  await grant(w, study, { grantee: 4 });
  await w.sleep(31 * day);
  await t.notThrowsAsync(attest(4));
});

test.serial("an attestation may follow an attestation, and a signature at the very second in which it ends", async (t) => {
  const other = await w.register(1);
  await attest(2, day, 1, other.id);
  emitted(t, await attest(2, 2 * day, 3, other.id), "ConsentGranted", { class: 2, purposes: 3 });
  const expiry = (await w.now()) + day;
  await grant(w, other, { grantee: 3, expiry });
  const at = async (second: number) => {
    await w.nextBlockAt(second);
    return w.send(w.operator(1), w.consents, "attest", [other.id, 3, 1, second - 10, second + day]);
  };
  await refused(t, "SignedConsentStands", at(expiry - 1));
  await t.notThrowsAsync(at(expiry));
});

test.serial("it must end after the second in which it is given", async (t) => {
  const other = await w.register(1);
  const second = (await w.now()) + 100;
  const until = async (expiry: number, now: number) => {
    await w.nextBlockAt(now);
    return w.send(w.operator(1), w.consents, "attest", [other.id, 2, 1, now - 50, expiry]);
  };
  t.deepEqual(await refused(t, "WindowInvalid", until(second, second)), [second - 50, second]);
  await t.notThrowsAsync(until(second + 2, second + 1));
});

test.serial("nothing of a withdrawn attestation is left but its withdrawal", async (t) => {
  const other = await w.register(1);
  await attest(2, day, 63, other.id);
  await withdraw(2, other.id);
  t.like(await w.read(w.consents, "consent", [other.id, 2]), { notBefore: 0, expiry: 0, purposes: 0, class: 3, creditAccount: zero });
});

test.serial("its term is shorter", async (t) => {
  await refused(t, "TermTooLong", attest(2, 180 * day + 60));
  await refused(t, "WindowInvalid", attest(2, 0));
  await refused(t, "PurposesInvalid", attest(2, day, 64));
  await t.notThrowsAsync(attest(2, 180 * day));
});

test.serial("only the custodian, only for a study on offer, only while writing", async (t) => {
  t.deepEqual(await refused(t, "CallerNotCustodian", attest(2, day, 1, study.id, w.operator(2))), [study.id, w.operator(2)]);
  await refused(t, "CallerNotCustodian", withdraw(2, study.id, w.operator(2)));
  await refused(t, "CallerNotCustodian", withdraw(2, fresh()));
  await refused(t, "CallerNotActiveHospital", attest(2, day, 1, study.id, w.stranger));
  await refused(t, "StudyNotOffered", attest(2, day, 1, fresh()));
  await w.pause(w.consents);
  await refused(t, "WritesArePaused", attest(2));
  await t.notThrowsAsync(withdraw(2));
});
