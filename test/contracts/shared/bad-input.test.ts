import test from "ava";
import hre from "hardhat";
import { concat, encodeDeployData, encodeFunctionData, hexToBigInt, keccak256, numberToHex, parseSignature, slice, toHex, type Abi, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { ask, granted, outcome, reason, requestOf, state, verdict } from "../support/access.ts";
import { emitted, refused, reportCoverage, revertData as dataOf, type Contract } from "../support/chain.ts";
import { consentFor, grant, revocationFor, signConsent, types } from "../support/consents.ts";
import { day, fresh, purpose, startWorld, zero, type StudyOf } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const year = 365 * day;

async function contractOf(name: string): Promise<Contract> {
  const { abi, bytecode } = await hre.artifacts.readArtifact(name);
  return { address: await w.create(w.council, encodeDeployData({ abi: abi as Abi, bytecode: bytecode as Hex, args: [] })), abi: abi as Abi };
}

/** A study whose patient is a contract. */
async function studyOf(patient: Address): Promise<StudyOf> {
  const id = fresh();
  await w.send(w.operator(1), w.studies, "register", [id, patient, fresh()]);
  return { id, patient: w.signer() };
}

test.serial("a patient's contract that calls back while it is asked for its signature writes nothing", async (t) => {
  const patient = await contractOf("ReentrantSigner");
  const study = await studyOf(patient.address);
  const message = await consentFor(w, study, { grantee: 2 });
  const call = encodeFunctionData({ abi: w.consents.abi, functionName: "grantBySig", args: [message, patient.address, "0x"] });
  const send = () => w.send(w.operator(1), w.consents, "grantBySig", [message, patient.address, "0x"]);
  // Its call back does not come from an operator, and could not write from a STATICCALL: the answer is no.
  await w.send(w.stranger, patient, "arm", [w.consents.address, call]);
  await refused(t, "SignatureInvalid", send());
  // Even as an operator of an Active hospital it gets no further: the chain itself forbids the write.
  await w.send(w.governor(1), w.members, "addOperator", [1, patient.address]);
  await refused(t, "SignatureInvalid", send());
  t.is(await w.read(w.consents, "nonce", [study.id, 2]), 0n);
  await w.send(w.stranger, patient, "arm", [zero, "0x"]);
  emitted(t, await send(), "ConsentGranted", { studyId: study.id });
  t.is(await w.read(w.consents, "nonce", [study.id, 2]), 1n);
});

test.serial("a reviewer's contract that calls back reviews once", async (t) => {
  const reviewer = await contractOf("ReentrantSigner");
  await w.send(w.council, w.authority, "grantRole", [3n, reviewer.address, 0]);
  const { id } = await granted(w, 1, 2, purpose.ETREAT);
  const body = { requestId: id, justified: false, note: fresh() };
  const data = encodeFunctionData({ abi: w.access.abi, functionName: "review", args: [id, false, body.note] });
  await w.send(w.stranger, reviewer, "arm", [w.access.address, data]);
  const send = () => w.send(w.operator(3), w.access, "reviewBySig", [body, reviewer.address, "0x"]);
  await refused(t, "SignatureInvalid", send());
  t.is((await requestOf(w, id)).review, verdict.Pending);
  await w.send(w.stranger, reviewer, "arm", [zero, "0x"]);
  const before = (await w.creditOf(w.member(2))).raw;
  emitted(t, await send(), "AccessReviewed", { requestId: id });
  t.is((await w.creditOf(w.member(2))).raw, before - 200);
});

test.serial("a contract that burns all gas is a refused signature, and stops nobody else's", async (t) => {
  const burner = await contractOf("GasBurningWallet");
  const study = await studyOf(burner.address);
  const message = await consentFor(w, study, { grantee: 2 });
  await refused(t, "SignatureInvalid", w.send(w.operator(1), w.consents, "grantBySig", [message, burner.address, "0x"]));
  const revocation = { studyId: study.id, grantee: 2, nonce: 0n };
  await refused(t, "SignatureInvalid", w.send(w.operator(1), w.consents, "revokeBySig", [revocation, burner.address, "0x"]));
  await w.send(w.council, w.authority, "grantRole", [3n, burner.address, 0]);
  const { id } = await granted(w, 1, 2, purpose.ETREAT);
  await refused(t, "SignatureInvalid", w.send(w.operator(1), w.access, "reviewBySig", [{ requestId: id, justified: true, note: fresh() }, burner.address, "0x"]));
  // Another patient's consent in a batch of its own goes through.
  emitted(t, await grant(w, await w.register(1), { grantee: 2 }), "ConsentGranted");
});

test.serial("of one signature there is one form: not s above half the order, not 64 bytes, not v of 0 or 1", async (t) => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const study = await w.register(1);
  await grant(w, study, { grantee: 2 });
  const consent = await consentFor(w, study, { grantee: 3 });
  const ended = await revocationFor(w, study, 2);
  const { id } = await granted(w, 1, 2, purpose.ETREAT);
  const reviewer = w.signer();
  await w.send(w.council, w.authority, "grantRole", [3n, reviewer.address, 0]);
  const body = { requestId: id, justified: true, note: fresh() };
  const reviewed = await reviewer.sign({ hash: await w.read<Hex>(w.access, "hashReview", [body]) });
  const doors: readonly (readonly [Hex, (signature: Hex) => Promise<unknown>])[] = [
    [await signConsent(w, consent, study.patient), (signature) => w.send(w.operator(1), w.consents, "grantBySig", [consent, study.patient.address, signature])],
    [ended.signature, (signature) => w.send(w.operator(1), w.consents, "revokeBySig", [ended.message, study.patient.address, signature])],
    [reviewed, (signature) => w.send(w.operator(1), w.access, "reviewBySig", [body, reviewer.address, signature])],
  ];
  for (const [signature, send] of doors) {
    const { r, s, yParity } = parseSignature(signature);
    const turned = numberToHex(order - hexToBigInt(s), { size: 32 });
    // ERC-2098: the parity in the highest bit of s.
    const compact = numberToHex(hexToBigInt(s) | (BigInt(yParity) << 255n), { size: 32 });
    const wrong = [concat([r, turned, yParity === 0 ? "0x1c" : "0x1b"]), concat([r, compact]), concat([r, s, toHex(yParity, { size: 1 })]), concat([r, s, "0x1d"]), concat([r, s])];
    for (const form of wrong) await refused(t, "SignatureInvalid", send(form));
    await t.notThrowsAsync(send(signature));
  }
});

test.serial("what was signed for one consortium, or one chain, is worth nothing in another", async (t) => {
  const other = await startWorld();
  const { patient, id } = await w.register(1);
  await other.send(other.operator(1), other.studies, "register", [id, patient.address, fresh()]);
  const message = { ...(await consentFor(w, { id, patient }, { grantee: 2 })), expiry: Math.max(await w.now(), await other.now()) + 30 * day, notBefore: 0 };
  const signature = await signConsent(w, message, patient);
  t.not(other.consents.address, w.consents.address);
  await refused(t, "SignatureInvalid", other.send(other.operator(1), other.consents, "grantBySig", [message, patient.address, signature]));
  // The same words for the same contract, on a chain with another number.
  const elsewhere = await patient.signTypedData({ domain: { name: "Fiducial Consent", version: "1", chainId: 20253, verifyingContract: w.consents.address }, types, primaryType: "Consent", message });
  await refused(t, "SignatureInvalid", w.send(w.operator(1), w.consents, "grantBySig", [message, patient.address, elsewhere]));
  const version = await patient.signTypedData({ domain: { name: "Fiducial Consent", version: "2", chainId: 20252, verifyingContract: w.consents.address }, types, primaryType: "Consent", message });
  await refused(t, "SignatureInvalid", w.send(w.operator(1), w.consents, "grantBySig", [message, patient.address, version]));
  emitted(t, await w.send(w.operator(1), w.consents, "grantBySig", [message, patient.address, signature]), "ConsentGranted");
});

test.serial("a governor is no operator, its own hospital's or another's, and an operator becomes no governor", async (t) => {
  const spare = privateKeyToAccount(keccak256(toHex("spare"))).address;
  await refused(t, "AddressTaken", w.send(w.governor(1), w.members, "addOperator", [1, w.governor(1)]));
  await refused(t, "AddressTaken", w.send(w.governor(1), w.members, "addOperator", [1, w.governor(2)]));
  for (const id of [1, 2]) await refused(t, "AddressTaken", w.send(w.council, w.members, "replaceGovernor", [id, w.operator(1)]));
  const profile = await w.read<object>(w.members, "profile", [1]);
  await refused(t, "AddressTaken", w.send(w.council, w.members, "admit", [1, spare, [spare], profile]));
  await refused(t, "CallerNotActiveHospital", w.send(w.governor(1), w.studies, "register", [fresh(), spare, fresh()]));
});

test.serial("a clock that jumps ahead ends consents, grants and deadlines, and never begins anything early", async (t) => {
  const { id, study } = await granted(w, 1, 2);
  const early = await w.register(1);
  const now = await w.now();
  await grant(w, early, { grantee: 2, notBefore: now + 2 * year, expiry: now + 3 * year });
  t.is((await requestOf(w, (await ask(w, early.id, 2)).id)).reason, reason.ConsentNotYetValid);
  await w.sleep(10 * year);
  for (const one of [study, early]) {
    const asked = await requestOf(w, (await ask(w, one.id, 2)).id);
    t.deepEqual([asked.outcome, asked.reason], [outcome.Denied, reason.ConsentExpired]);
  }
  t.deepEqual(await refused(t, "ConsentLapsed", w.send(w.operator(1), w.access, "deliver", [id, fresh()])), [id, reason.ConsentExpired]);
  emitted(t, await w.send(w.operator(3), w.access, "expire", [id]), "AccessExpired", { requestId: id, penalised: true });
  t.is((await requestOf(w, id)).state, state.Expired);
  // A message that stood signed through the jump is over, and a new one begins as ever.
  const stale = await consentFor(w, study, { grantee: 3, notBefore: now, expiry: now + year });
  await refused(t, "WindowInvalid", w.send(w.operator(1), w.consents, "grantBySig", [stale, study.patient.address, await signConsent(w, stale, study.patient)]));
  emitted(t, await grant(w, study, { grantee: 2 }), "ConsentGranted");
  t.is((await requestOf(w, (await ask(w, study.id, 2)).id)).outcome, outcome.Granted);
});

test.serial("past the year 2106, where the slots' seconds end, consents are refused rather than cut short", async (t) => {
  const study = await w.register(1);
  await grant(w, study, { grantee: 2 });
  await w.sleep(2 ** 32 - (await w.now()) - 10 * day);
  const late = await consentFor(w, study, { grantee: 3, expiry: 2 ** 32 + day });
  const attempt = w.send(w.operator(1), w.consents, "grantBySig", [late, study.patient.address, await signConsent(w, late, study.patient)]);
  t.is(slice((await attempt.then(() => "0x00000000" as Hex, dataOf)) ?? "0x00000000", 0, 4), "0x6dfcc650", "SafeCastOverflowedUintDowncast(uint8,uint256)");
  emitted(t, await grant(w, study, { grantee: 3, expiry: 2 ** 32 - 1 }), "ConsentGranted");
  const { message, signature } = await revocationFor(w, study, 2);
  await w.sleep(20 * day);
  emitted(t, await w.send(w.operator(1), w.consents, "revokeBySig", [message, study.patient.address, signature]), "ConsentRevoked");
});
