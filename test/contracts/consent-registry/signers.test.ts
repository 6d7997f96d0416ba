import test from "ava";
import { p256 } from "@noble/curves/nist.js";
import hre from "hardhat";
import { bytesToHex, concat, encodeAbiParameters, encodeDeployData, hexToBytes, keccak256, pad, sha256, slice, toHex, type Abi, type Address, type Hex } from "viem";
import { refused, reportCoverage } from "../support/chain.ts";
import { consentFor, signConsent } from "../support/consents.ts";
import { fresh, startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);

async function create(name: string, args: readonly unknown[] = []): Promise<Address> {
  const { abi, bytecode } = await hre.artifacts.readArtifact(name);
  return w.create(w.council, encodeDeployData({ abi: abi as Abi, bytecode: bytecode as Hex, args }));
}

/** A study of a patient known by this address only. */
async function studyOf(patient: Address): Promise<{ id: Hex; patient: ReturnType<typeof w.signer> }> {
  const id = fresh();
  await w.send(w.operator(1), w.studies, "register", [id, patient, fresh()]);
  return { id, patient: w.signer() };
}

const addressOf = (signer: Hex): Address => slice(keccak256(signer), 12);

/** Low-s P-256 signature r || s over a 32-byte digest. */
const sign256 = (key: Uint8Array, digest: Hex): Hex => bytesToHex(p256.sign(hexToBytes(digest), key, { prehash: false, lowS: true, format: "compact" }));

const uncompressed = (key: Uint8Array): Hex => slice(bytesToHex(p256.getPublicKey(key, false)), 1);

test.serial("a key whose account has code signs as before: whoever holds the key may change that code", async (t) => {
  const study = await w.register(1);
  const wallet = await create("ERC1271Wallet", [w.signer().address]);
  const code = await w.rpc.request({ method: "eth_getCode", params: [wallet, "latest"] });
  await w.rpc.request({ method: "hardhat_setCode", params: [study.patient.address, code] });
  const message = await consentFor(w, study, { grantee: 2 });
  const by = async (account: typeof study.patient) => w.send(w.operator(1), w.consents, "grantBySig", [message, study.patient.address, await signConsent(w, message, account)]);
  await refused(t, "SignatureInvalid", by(w.signer()));
  await t.notThrowsAsync(by(study.patient));
});

test.serial("a contract wallet consents by ERC-1271, as long as its owner's key signs", async (t) => {
  const owner = w.signer();
  const wallet = await create("ERC1271Wallet", [owner.address]);
  const study = await studyOf(wallet);
  const message = await consentFor(w, study, { grantee: 2 });
  const by = async (account: typeof owner) => w.send(w.operator(1), w.consents, "grantBySig", [message, wallet, await signConsent(w, message, account)]);
  await refused(t, "SignatureInvalid", by(w.signer()));
  await t.notThrowsAsync(by(owner));
});

test.serial("a P-256 key consents by ERC-7913", async (t) => {
  const key = p256.utils.randomSecretKey();
  const signer = concat([await create("ERC7913P256Verifier"), uncompressed(key)]);
  const study = await studyOf(addressOf(signer));
  const message = await consentFor(w, study, { grantee: 2 });
  const digest = await w.read<Hex>(w.consents, "hashConsent", [message]);
  const send = (signature: Hex, as = signer) => w.send(w.operator(1), w.consents, "grantBySig", [message, as, signature]);
  await refused(t, "SignatureInvalid", send(sign256(p256.utils.randomSecretKey(), digest)));
  await refused(t, "SignerNotPatient", send(sign256(key, digest), concat([slice(signer, 0, 20), uncompressed(p256.utils.randomSecretKey())])));
  await t.notThrowsAsync(send(sign256(key, digest)));
});

test.serial("a passkey consents by ERC-7913 and WebAuthn", async (t) => {
  const key = p256.utils.randomSecretKey();
  const signer = concat([await create("ERC7913WebAuthnVerifier"), uncompressed(key)]);
  const study = await studyOf(addressOf(signer));
  const message = await consentFor(w, study, { grantee: 2 });
  const digest = await w.read<Hex>(w.consents, "hashConsent", [message]);
  const challenge = Buffer.from(hexToBytes(digest)).toString("base64url");
  const clientData = `{"type":"webauthn.get","challenge":"${challenge}","origin":"https://portal.example"}`;
  // rpIdHash, flags (user present, user verified), counter: WebAuthn level 2, section 6.1.
  const authenticatorData = concat([sha256(toHex("portal.example")), "0x05", "0x00000001"]);
  const signature = sign256(key, sha256(concat([authenticatorData, sha256(toHex(clientData))])));
  const assertion = (data: string) =>
    encodeAbiParameters(
      [{ type: "bytes32" }, { type: "bytes32" }, { type: "uint256" }, { type: "uint256" }, { type: "bytes" }, { type: "string" }],
      [pad(slice(signature, 0, 32)), slice(signature, 32, 64), BigInt(data.indexOf('"challenge"')), BigInt(data.indexOf('"type"')), authenticatorData, data],
    );
  const send = (data: string) => w.send(w.operator(1), w.consents, "grantBySig", [message, signer, assertion(data)]);
  await refused(t, "SignatureInvalid", send(clientData.replace("portal.example", "evil.example")));
  await t.notThrowsAsync(send(clientData));
});
