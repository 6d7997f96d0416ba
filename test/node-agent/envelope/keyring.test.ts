import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { once } from "node:events";
import { createECDH, X509Certificate } from "node:crypto";
import test from "ava";
import { createKeyring, openKeyring } from "../../../node-agent/src/envelope/keyring.ts";
import { newSessionKey, unwrapSessionKey, wrapSessionKey } from "../../../node-agent/src/envelope/session-key.ts";
import { createTlsIdentity, spkiSha256 } from "../../../node-agent/src/envelope/tls-identity.ts";

const passphrase = Buffer.from("correct horse battery staple");
const name = "Hospital Ä of the longest name there ever was, longer than sixty-four characters";
const folder = async (teardown: (undo: () => Promise<void>) => void): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), "keyring-"));
  teardown(() => rm(path, { recursive: true, force: true }));
  return path;
};

test("a hospital's keyring opens again with everything in it, and only with its passphrase", async (t) => {
  const path = join(await folder(t.teardown), "made", "on the way");
  const made = await createKeyring(path, passphrase, { role: "hospital", name, logN: 10 });
  const opened = await openKeyring(path, Buffer.concat([passphrase, Buffer.from("\r\n")]));
  if (made.role !== "hospital" || opened.role !== "hospital") return t.fail("not a hospital's");
  t.deepEqual(opened.tls, made.tls);
  t.is(opened.operatorKey, made.operatorKey);
  t.true(opened.indexKey.equals(made.indexKey));
  t.is(opened.indexKey.length, 32);
  t.is(opened.identity.certificate.digest, made.identity.certificate.digest);
  const key = newSessionKey();
  t.true((await unwrapSessionKey(await wrapSessionKey(key, made.identity.certificate), opened.identity.privateKey)).equals(key));
  const curve = createECDH("secp256k1");
  t.notThrows(() => curve.setPrivateKey(opened.operatorKey.slice(2), "hex"));
  for (const wrong of ["Correct horse battery staple", "correct horse battery staple ", ""]) {
    await t.throwsAsync(openKeyring(path, Buffer.from(wrong)), { code: "KEYRING_WRONG_PASSPHRASE" });
  }
});

test("the folder holds one file, readable by its owner, that shows none of the keys", async (t) => {
  const path = await folder(t.teardown);
  const ring = await createKeyring(path, passphrase, { role: "hospital", name, logN: 10 });
  if (ring.role !== "hospital") return t.fail("not a hospital's");
  t.deepEqual(await readdir(path), ["keyring.sealed"]);
  t.is((await stat(join(path, "keyring.sealed"))).mode & 0o777, 0o600);
  const bytes = await readFile(join(path, "keyring.sealed"));
  for (const secret of [ring.operatorKey.slice(2), "PRIVATE KEY", "operatorKey", ring.indexKey.toString("base64")]) t.false(bytes.includes(secret));
  t.false(bytes.includes(Buffer.from(ring.operatorKey.slice(2), "hex")));
});

test("an observer's keyring holds a TLS key pair and nothing that opens or signs", async (t) => {
  const path = await folder(t.teardown);
  await createKeyring(path, passphrase, { role: "observer", name, logN: 10 });
  t.deepEqual(Object.keys(await openKeyring(path, passphrase)).sort(), ["role", "tls"]);
});

test("a keyring is never overwritten, not even by two at once", async (t) => {
  const path = await folder(t.teardown);
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => createKeyring(path, passphrase, { role: "observer", name, logN: 10 })));
  t.is(outcomes.filter((one) => one.status === "fulfilled").length, 1);
  for (const one of outcomes) if (one.status === "rejected") t.is(one.reason.code, "KEYRING_EXISTS");
  const before = await readFile(join(path, "keyring.sealed"));
  await t.throwsAsync(createKeyring(path, passphrase, { role: "observer", name, logN: 10 }), { code: "KEYRING_EXISTS" });
  t.true((await readFile(join(path, "keyring.sealed"))).equals(before));
  t.is((await readdir(path)).length, 1);
});

test("a damaged, foreign or absent file is told apart from a crash", async (t) => {
  const path = await folder(t.teardown);
  await t.throwsAsync(openKeyring(path, passphrase), { code: "KEYRING_MISSING" });
  await t.throwsAsync(createKeyring(path, Buffer.from("short\n"), { role: "observer", name, logN: 10 }), { code: "KEYRING_WEAK_PASSPHRASE" });
  await createKeyring(path, passphrase, { role: "observer", name, logN: 10 });
  const file = join(path, "keyring.sealed");
  const good = await readFile(file);
  for (const [place, code] of [[0, "KEYRING_MALFORMED"], [25, "KEYRING_WRONG_PASSPHRASE"], [60, "KEYRING_WRONG_PASSPHRASE"], [100, "KEYRING_WRONG_PASSPHRASE"], [good.length - 1, "KEYRING_WRONG_PASSPHRASE"]] as const) {
    const bad = Buffer.from(good);
    bad[place] = (bad[place] ?? 0) ^ 1;
    await writeFile(file, bad);
    await t.throwsAsync(openKeyring(path, passphrase), { code }, `octet ${place}`);
  }
  const costly = Buffer.from(good);
  costly[19] = 40;
  await writeFile(file, costly);
  await t.throwsAsync(openKeyring(path, passphrase), { code: "KEYRING_MALFORMED" });
  for (const length of [0, 10, 64, good.length - 1]) {
    await writeFile(file, good.subarray(0, length));
    const error = await t.throwsAsync(openKeyring(path, passphrase));
    t.regex(error?.message ?? "", /keyring/u);
  }
});

test("the TLS certificate is a sound X.509 v3 and both ends of mutual TLS can pin its key", async (t) => {
  const [server, client] = [createTlsIdentity({ name }), createTlsIdentity({ name: "Hospital B" })];
  const certificate = new X509Certificate(server.certPem);
  t.true(certificate.verify(certificate.publicKey));
  t.true(certificate.subject.startsWith("CN=Hospital Ä"));
  t.false(certificate.ca);
  t.is(spkiSha256(certificate.raw), server.spkiSha256);
  t.true(certificate.validToDate.getTime() - Date.now() > 3650 * 86_400_000);
  t.true(certificate.validFromDate.getTime() < Date.now());
  const listener = createServer({ key: server.keyPem, cert: server.certPem, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.3" });
  t.teardown(() => listener.close());
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") return t.fail("no port");
  const accepted = once(listener, "secureConnection");
  const socket = connect({ port: address.port, host: "127.0.0.1", key: client.keyPem, cert: client.certPem, rejectUnauthorized: false });
  t.teardown(() => socket.destroy());
  await once(socket, "secureConnect");
  const [peer] = await accepted;
  t.is(spkiSha256(socket.getPeerCertificate(true).raw), server.spkiSha256);
  t.is(spkiSha256(peer.getPeerCertificate(true).raw), client.spkiSha256);
  peer.destroy();
});
