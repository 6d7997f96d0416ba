import test from "ava";
import { concat, hexToBigInt, keccak256, numberToHex, pad, slice, toHex } from "viem";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { consentFor, grant, signConsent, type Terms } from "../support/consents.ts";
import { day, fresh, mask, purpose, startWorld } from "../support/world.ts";

const w = await startWorld();
const study = await w.register(1);
reportCoverage(test);

/** Relays what `signedBy` signed, after `change` touched the message. */
async function relay(terms: Terms, signedBy = study.patient, change: object = {}, from = w.operator(1)) {
  const message = await consentFor(w, study, terms);
  const signature = await signConsent(w, message, signedBy);
  return w.send(from, w.consents, "grantBySig", [{ ...message, ...change }, study.patient.address, signature]);
}

test.serial("the patient's signature grants, whoever relays it", async (t) => {
  const account = w.signer().address;
  const message = await consentFor(w, study, { grantee: 2, purposes: mask(purpose.TREAT, purpose.PATRQT), creditAccount: account });
  const signature = await signConsent(w, message, study.patient);
  const sent = await w.send(w.operator(3), w.consents, "grantBySig", [message, study.patient.address, signature]);
  const { nonce, studyId, ...rest } = message;
  emitted(t, sent, "ConsentGranted", { studyId, ...rest, patient: study.patient.address, class: 1, nonce, relayer: 3 });
  t.deepEqual(await w.read(w.consents, "consent", [study.id, 2]), {
    notBefore: message.notBefore,
    expiry: message.expiry,
    purposes: 3,
    class: 1,
    creditAccount: account,
    nonce: 1n,
  });
  t.deepEqual(await refused(t, "NonceUnexpected", w.send(w.operator(3), w.consents, "grantBySig", [message, study.patient.address, signature])), [study.id, 2, 1n, 0n]);
});

test.serial("the digest is EIP-712's, as wallets compute it", async (t) => {
  const message = await consentFor(w, study, { grantee: 4 });
  const digest = await w.read<`0x${string}`>(w.consents, "hashConsent", [message]);
  t.is(await study.patient.sign({ hash: digest }), await signConsent(w, message, study.patient));
  const [fields, name, version, chainId, contract] = await w.read<[string, string, string, bigint, string]>(w.consents, "eip712Domain");
  t.deepEqual([fields, name, version, chainId, contract.toLowerCase()], ["0x0f", "Fiducial Consent", "1", 20252n, w.consents.address.toLowerCase()]);
});

test.serial("nothing of the message can be changed, and nobody else can sign", async (t) => {
  for (const change of [{ grantee: 4 }, { purposes: 4 }, { expiry: (await w.now()) + 31 * day }, { notBefore: 1 }, { creditAccount: w.signer().address }]) {
    await refused(t, "SignatureInvalid", relay({ grantee: 3 }, study.patient, change));
  }
  await refused(t, "SignatureInvalid", relay({ grantee: 3 }, w.signer()));
  const other = w.signer();
  const message = await consentFor(w, study, { grantee: 3 });
  const args = [message, other.address, await signConsent(w, message, other)];
  t.deepEqual(await refused(t, "SignerNotPatient", w.send(w.operator(1), w.consents, "grantBySig", args)), [study.id]);
  await refused(t, "SignerNotPatient", w.send(w.operator(1), w.consents, "grantBySig", [message, "0x", "0x"]));
});

test.serial("a signature of another shape is none, and one is not taken in its malleable form", async (t) => {
  const message = await consentFor(w, study, { grantee: 3 });
  const signature = await signConsent(w, message, study.patient);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const highS = concat([slice(signature, 0, 32), numberToHex(order - hexToBigInt(slice(signature, 32, 64)), { size: 32 }), slice(signature, 64) === "0x1b" ? "0x1c" : "0x1b"]);
  for (const wrong of ["0x", slice(signature, 0, 64), concat([signature, "0x00"]), highS]) {
    await refused(t, "SignatureInvalid", w.send(w.operator(1), w.consents, "grantBySig", [message, study.patient.address, wrong]));
  }
});

test.serial("windows and terms", async (t) => {
  const now = await w.now();
  await refused(t, "WindowInvalid", relay({ grantee: 3, notBefore: now + day, expiry: now + day }));
  await refused(t, "WindowInvalid", relay({ grantee: 3, notBefore: now - 2 * day, expiry: now - day }));
  const [, maximum] = await refused(t, "TermTooLong", relay({ grantee: 3, expiry: now + 5 * 365 * day + 100 }));
  t.is(maximum, BigInt(5 * 365 * day));
  await t.notThrowsAsync(relay({ grantee: 3, notBefore: 0, expiry: now + 5 * 365 * day }));
});

test.serial("only known purposes, and never emergency treatment, can be consented to", async (t) => {
  for (const purposes of [0, mask(purpose.ETREAT), mask(purpose.TREAT, purpose.ETREAT), 1 << 7, 0x8001]) {
    t.deepEqual(await refused(t, "PurposesInvalid", relay({ grantee: 3, purposes })), [purposes]);
  }
  await t.notThrowsAsync(relay({ grantee: 3, purposes: 0b111111 }));
});

test.serial("the last nonce is kept for a revocation", async (t) => {
  const root = BigInt("0x828d52b79c9f705c723f8aaab6a187eae4f479f8cf5da484870567965b3ce200");
  const other = await w.register(1);
  const outer = keccak256(`0x${other.id.slice(2)}${(root + 1n).toString(16).padStart(64, "0")}`);
  const slot = keccak256(`0x${pad(toHex(2)).slice(2)}${outer.slice(2)}`);
  await grant(w, other, { grantee: 2 });
  const word = BigInt(await w.getStorage(w.consents.address, slot));
  const nonceBits = 0xffffn << 80n;
  await w.setStorage(w.consents.address, slot, pad(toHex(word | nonceBits)));
  t.is(await w.read(w.consents, "nonce", [other.id, 2]), 0xffffn);
  t.deepEqual(await refused(t, "NonceExhausted", grant(w, other, { grantee: 2 })), [other.id, 2]);
});

test.serial("refuses unknown and withdrawn studies, callers without a hospital, and paused writes", async (t) => {
  await refused(t, "StudyNotOffered", grant(w, { id: fresh(), patient: study.patient }, { grantee: 2 }));
  const gone = await w.register(1);
  await w.send(w.operator(1), w.studies, "withdraw", [gone.id, 0]);
  await refused(t, "StudyNotOffered", grant(w, gone, { grantee: 2 }));
  await refused(t, "CallerNotActiveHospital", relay({ grantee: 3 }, study.patient, {}, w.stranger));
  await w.pause(w.consents);
  await refused(t, "WritesArePaused", relay({ grantee: 3 }));
});
