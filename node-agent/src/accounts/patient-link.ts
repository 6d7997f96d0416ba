import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** Who a patient account is: sealed in the file, in the clear in memory only. */
export type PatientLink = { readonly patientId: string; readonly issuer: string };

const nonceBytes = 12;
const tagBytes = 16;

const keyOf = (indexKey: Uint8Array): Uint8Array => new Uint8Array(hkdfSync("sha256", indexKey, new Uint8Array(0), "accounts", 32));

/** AES-256-GCM under a key of the keyring's index key, bound to the account's name; base64 of nonce, ciphertext, tag. */
export function sealLink(indexKey: Uint8Array, name: string, link: PatientLink): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", keyOf(indexKey), nonce);
  cipher.setAAD(Buffer.from(name));
  const body = cipher.update(JSON.stringify({ patientId: link.patientId, issuer: link.issuer }), "utf8");
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64");
}

/** Opens a sealed link, or null when it was sealed with another key, for another name, or changed. */
export function openLink(indexKey: Uint8Array, name: string, sealed: string): PatientLink | null {
  const bytes = Buffer.from(sealed, "base64");
  if (bytes.length < nonceBytes + tagBytes) return null;
  const decipher = createDecipheriv("aes-256-gcm", keyOf(indexKey), bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(name));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const plain = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return JSON.parse(plain.toString("utf8")) as PatientLink;
}
