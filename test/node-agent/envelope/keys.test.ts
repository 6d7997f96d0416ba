import { randomBytes } from "node:crypto";
import test from "ava";
import { type Config, config as openpgpDefaults, enums, generateKey, type SecretKeyPacket, type SignaturePacket } from "openpgp";
import { certificateDigest, readCertificate } from "../../../node-agent/src/envelope/certificate.ts";
import { createIdentity, readIdentity } from "../../../node-agent/src/envelope/identity.ts";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { newSessionKey, unwrapSessionKey, wrapSessionKey } from "../../../node-agent/src/envelope/session-key.ts";

const [alice, bob] = [await createIdentity({ name: "Hospital A" }), await createIdentity({ name: "Hospital B" })];

test("a wrapped key is one PKESK version 6 of 111 bytes and opens only with its own key", async (t) => {
  const key = newSessionKey();
  const wrapped = await wrapSessionKey(key, alice.certificate);
  t.is(wrapped.length, 111);
  t.is(wrapped[0], 0xc1);
  t.is(wrapped[2], 6);
  t.true((await unwrapSessionKey(wrapped, alice.privateKey)).equals(key));
  await t.throwsAsync(unwrapSessionKey(wrapped, bob.privateKey), { code: "ENVELOPE_WRONG_KEY" });
  t.notDeepEqual(await wrapSessionKey(key, alice.certificate), wrapped, "wrapped anew each time");
});

test("release: opened by the custodian, wrapped for the requester", async (t) => {
  const key = newSessionKey();
  const released = await wrapSessionKey(await unwrapSessionKey(await wrapSessionKey(key, alice.certificate), alice.privateKey), bob.certificate);
  t.true((await unwrapSessionKey(released, bob.privateKey)).equals(key));
});

test("a damaged or foreign wrapped key is refused with a code", async (t) => {
  const key = newSessionKey();
  const wrapped = await wrapSessionKey(key, alice.certificate);
  // The recipient's fingerprint (RFC 9580 section 5.1.2) only says which key to try; from octet 37 on everything is authenticated.
  for (let place = 37; place < wrapped.length; place++) {
    const bad = Uint8Array.from(wrapped);
    bad[place] = (bad[place] ?? 0) ^ 0x10;
    await t.throwsAsync(unwrapSessionKey(bad, alice.privateKey), { code: "ENVELOPE_WRONG_KEY" }, `octet ${place}`);
  }
  for (let place = 3; place < 37; place++) {
    const bad = Uint8Array.from(wrapped);
    bad[place] = (bad[place] ?? 0) ^ 0x10;
    const outcome = await unwrapSessionKey(bad, alice.privateKey).catch((error: unknown) => (isFault(error, "ENVELOPE_WRONG_KEY") ? "refused" : error));
    t.true(outcome === "refused" || (Buffer.isBuffer(outcome) && outcome.equals(key)), `octet ${place}`);
  }
  for (const bad of [new Uint8Array(0), wrapped.subarray(0, 110), Buffer.concat([wrapped, Buffer.from([0])]), randomBytes(111).fill(0, 0, 1), Uint8Array.from([0xc1, 1, 3])]) {
    await t.throwsAsync(unwrapSessionKey(bad, alice.privateKey), { code: "ENVELOPE_MALFORMED" });
  }
  await t.throwsAsync(wrapSessionKey(Buffer.alloc(16), alice.certificate), { code: "ENVELOPE_UNSUPPORTED" });
});

test("a certificate survives being written and read, with its digest", async (t) => {
  const again = await readCertificate(alice.certificate.binary);
  t.is(again.digest, alice.certificate.digest);
  t.is(again.digest, certificateDigest(again.binary));
  t.deepEqual((await readIdentity(alice.secret)).certificate.binary, alice.certificate.binary);
});

/** A sound version 6 certificate that announces SEIPD version 1 only, signed anew by its own key. */
async function withoutAead(): Promise<Uint8Array> {
  const { privateKey } = await generateKey({ type: "curve25519", userIDs: [{ name: "x" }], format: "object", config: { v6Keys: true, aeadProtect: true } });
  const [signature] = Reflect.get(privateKey, "directSignatures") as SignaturePacket[];
  if (signature === undefined || !("keyPacket" in privateKey)) throw new TypeError("no direct key signature");
  signature.features = Uint8Array.from([1]);
  const data = { key: privateKey.keyPacket } as unknown as Uint8Array;
  await signature.sign(privateKey.keyPacket as SecretKeyPacket, data);
  return privateKey.toPublic().write();
}

test("certificates that would weaken the message are refused with the reason", async (t) => {
  const make = async (config: Partial<Config>, type: "curve25519" | "rsa" = "curve25519"): Promise<Uint8Array> => {
    const { publicKey } = await generateKey({ type, rsaBits: 2048, userIDs: [{ name: "x" }], format: "object", config });
    return publicKey.write();
  };
  const reason = async (binary: Uint8Array): Promise<string> => (await t.throwsAsync(readCertificate(binary), { code: "ENVELOPE_CERTIFICATE_UNFIT" }))?.message ?? "";
  t.regex(await reason(await make({ v6Keys: false, aeadProtect: true })), /version 4/u);
  t.regex(await reason(await withoutAead()), /SEIPD version 2/u);
  t.regex(await reason(alice.secret), /private key/u);
  t.regex(await reason(randomBytes(300)), /not a binary/u);
  const { publicKey } = await generateKey({ type: "curve25519", subkeys: [{ sign: true }], userIDs: [{ name: "x" }], format: "object", config: { v6Keys: true, aeadProtect: true } });
  t.regex(await reason(publicKey.write()), /encryption subkey/u);
  t.is(openpgpDefaults.v6Keys, false, "the library's own settings were left alone");
  t.is(enums.aead.gcm, 3);
});
