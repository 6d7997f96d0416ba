import test from "ava";
import { keccak256, pad, toHex } from "viem";
import { reason } from "../support/access.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { grant, nonceOf, revocationFor, revoke } from "../support/consents.ts";
import { day, fresh, purpose, startWorld } from "../support/world.ts";

const w = await startWorld();
const study = await w.register(1);
reportCoverage(test);
const attest = async (grantee: number) => {
  const now = await w.now();
  return w.send(w.operator(1), w.consents, "attest", [study.id, grantee, 1, now, now + day]);
};

test.serial("ends a signed grant at once, and cannot be replayed", async (t) => {
  await grant(w, study, { grantee: 2 });
  const { message, signature } = await revocationFor(w, study, 2);
  const send = () => w.send(w.operator(4), w.consents, "revokeBySig", [message, study.patient.address, signature]);
  emitted(t, await send(), "ConsentRevoked", { studyId: study.id, grantee: 2, patient: study.patient.address, class: 1, byCustodian: false, nonce: 1n, relayer: 4 });
  const [why] = await w.read<[number]>(w.consents, "check", [study.id, 2, purpose.TREAT, await w.now()]);
  t.is(why, reason.ConsentRevoked);
  await refused(t, "NonceUnexpected", send());
  t.is(await study.patient.sign({ hash: await w.read(w.consents, "hashRevocation", [message]) }), signature);
});

test.serial("ends an attested grant", async (t) => {
  await attest(3);
  emitted(t, await revoke(w, study, 3), "ConsentRevoked", { class: 2, byCustodian: false });
});

test.serial("voids a signature that was never relayed", async (t) => {
  const { message, signature } = await revocationFor(w, study, 4);
  await w.send(w.operator(1), w.consents, "revokeBySig", [message, study.patient.address, signature]);
  t.is(await nonceOf(w, study, 4), 1n);
  await refused(t, "NonceUnexpected", grant(w, study, { grantee: 4, nonce: 0n }));
});

test.serial("the last nonce revokes as often as need be", async (t) => {
  const root = BigInt("0x828d52b79c9f705c723f8aaab6a187eae4f479f8cf5da484870567965b3ce200");
  const outer = keccak256(`0x${study.id.slice(2)}${(root + 1n).toString(16).padStart(64, "0")}`);
  const slot = keccak256(`0x${pad(toHex(9)).slice(2)}${outer.slice(2)}`);
  await w.setStorage(w.consents.address, slot, pad(toHex(0xffffn << 80n)));
  await revoke(w, study, 9);
  emitted(t, await revoke(w, study, 9), "ConsentRevoked", { class: 3, nonce: 0xffffn });
});

test.serial("works for withdrawn studies and while writes are paused", async (t) => {
  const gone = await w.register(1);
  await grant(w, gone, { grantee: 2 });
  await w.send(w.operator(1), w.studies, "withdraw", [gone.id, 0]);
  await w.pause(w.consents);
  await t.notThrowsAsync(revoke(w, gone, 2));
});

test.serial("refuses unknown studies, other signers and callers without a hospital", async (t) => {
  await refused(t, "StudyNotOffered", revoke(w, { id: fresh(), patient: study.patient }, 2));
  const { message, signature } = await revocationFor(w, study, 2);
  await refused(t, "SignatureInvalid", w.send(w.operator(1), w.consents, "revokeBySig", [{ ...message, grantee: 3, nonce: 1n }, study.patient.address, signature]));
  await refused(t, "SignerNotPatient", w.send(w.operator(1), w.consents, "revokeBySig", [message, w.stranger, signature]));
  await refused(t, "CallerNotActiveHospital", w.send(w.stranger, w.consents, "revokeBySig", [message, study.patient.address, signature]));
});
