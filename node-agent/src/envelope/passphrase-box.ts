import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { fault } from "../model/fault.ts";

/** scrypt's cost as a power of two (RFC 7914: N = 2^logN, r = 8, p = 1). 17 takes about 128 MiB and a third of a second. */
export const defaultLogN = 17;
const acceptedLogN = { least: 10, most: 20 } as const;
const leastPassphraseBytes = 8;

/** One trailing line break is what an editor or `echo` adds to a passphrase file, never part of the passphrase. */
function trimmed(passphrase: Uint8Array): Uint8Array {
  let end = passphrase.length;
  if (passphrase[end - 1] === 0x0a) end--;
  if (passphrase[end - 1] === 0x0d) end--;
  return passphrase.subarray(0, end);
}

function derive(passphrase: Uint8Array, salt: Uint8Array, logN: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const N = 2 ** logN;
    scrypt(passphrase, salt, 32, { N, r: 8, p: 1, maxmem: 256 * 8 * N }, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

const headOf = (logN: number, salt: Uint8Array, nonce: Uint8Array): Buffer => Buffer.concat([Buffer.from("fiducial keyring 1\n"), Buffer.from([logN]), salt, nonce]);
const magicBytes = 19;
const headBytes = magicBytes + 1 + 32 + 12;

/** Seals bytes under a passphrase: scrypt, then AES-256-GCM with the whole head authenticated. Throws KEYRING_WEAK_PASSPHRASE. */
export async function sealWithPassphrase(plain: Uint8Array, passphrase: Uint8Array, logN: number): Promise<Buffer> {
  const secret = trimmed(passphrase);
  if (secret.length < leastPassphraseBytes) throw fault("KEYRING_WEAK_PASSPHRASE", { bytes: secret.length, least: leastPassphraseBytes });
  const salt = randomBytes(32);
  const nonce = randomBytes(12);
  const head = headOf(logN, salt, nonce);
  const cipher = createCipheriv("aes-256-gcm", await derive(secret, salt, logN), nonce);
  cipher.setAAD(head);
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `sealWithPassphrase` made. Throws KEYRING_MALFORMED when it is no such file, KEYRING_WRONG_PASSPHRASE when it does not authenticate. */
export async function openWithPassphrase(sealed: Uint8Array, passphrase: Uint8Array): Promise<Buffer> {
  const bytes = Buffer.from(sealed);
  const logN = bytes[magicBytes] ?? 0;
  if (bytes.length < headBytes + 16) throw fault("KEYRING_MALFORMED", { what: "it is too short" });
  if (bytes.toString("latin1", 0, magicBytes) !== "fiducial keyring 1\n") throw fault("KEYRING_MALFORMED", { what: "it is not a keyring of version 1" });
  // The cost is read before anything is authenticated: without bounds a planted file could demand all memory.
  if (logN < acceptedLogN.least || logN > acceptedLogN.most) throw fault("KEYRING_MALFORMED", { what: "its scrypt cost is outside 2^10 to 2^20" });
  const head = bytes.subarray(0, headBytes);
  const key = await derive(trimmed(passphrase), head.subarray(magicBytes + 1, magicBytes + 33), logN);
  const decipher = createDecipheriv("aes-256-gcm", key, head.subarray(magicBytes + 33), { authTagLength: 16 });
  decipher.setAAD(head);
  decipher.setAuthTag(bytes.subarray(bytes.length - 16));
  const plain = decipher.update(bytes.subarray(headBytes, bytes.length - 16));
  try {
    decipher.final();
  } catch (cause) {
    throw fault("KEYRING_WRONG_PASSPHRASE", {}, cause);
  }
  return plain;
}
