import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { fault } from "../model/fault.ts";

/** Encrypts rows and makes the keyed hashes by which they are found; both keys come from the keyring's index key. */
export type RowSealer = {
  /** AES-256-GCM over UTF-8 JSON: nonce (12 bytes), ciphertext, tag (16). Bound to its table and row: a row moved elsewhere does not open. */
  seal(table: string, rowKey: Uint8Array, value: unknown): Uint8Array;
  /** Throws CATALOGUE_DAMAGED when the bytes are not what was sealed for this row. */
  open<Value>(table: string, rowKey: Uint8Array, sealed: Uint8Array): Value;
  /** Keyed hash of the parts of a value in a field, 16 bytes. Equal parts in different fields give unrelated hashes. */
  hash(field: string, ...parts: readonly string[]): Buffer;
};

const nonceBytes = 12;
const tagBytes = 16;
const hashBytes = 16;

/** A 32-byte key for one use of the index key (HKDF-SHA256, RFC 5869, no salt). */
const derived = (indexKey: Uint8Array, use: string): KeyObject => createSecretKey(Buffer.from(hkdfSync("sha256", indexKey, new Uint8Array(0), use, 32)));

/** Sealer over the 32-byte index key. Throws TypeError for a key of another length. */
export function createRowSealer(indexKey: Uint8Array): RowSealer {
  if (indexKey.length !== 32) throw new TypeError("the index key has 32 bytes");
  const rows = derived(indexKey, "rows");
  const exact = derived(indexKey, "exact");
  const context = (table: string, rowKey: Uint8Array): Buffer => Buffer.concat([Buffer.from(`${table}\0`), rowKey]);
  return {
    seal: (table, rowKey, value) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", rows, nonce);
      cipher.setAAD(context(table, rowKey));
      const body = cipher.update(JSON.stringify(value), "utf8");
      cipher.final();
      return Buffer.concat([nonce, body, cipher.getAuthTag()]);
    },
    open: <Value>(table: string, rowKey: Uint8Array, sealed: Uint8Array): Value => {
      if (sealed.length < nonceBytes + tagBytes) throw fault("CATALOGUE_DAMAGED", { table, why: "a row is too short" });
      const end = sealed.length - tagBytes;
      const decipher = createDecipheriv("aes-256-gcm", rows, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAAD(context(table, rowKey));
      decipher.setAuthTag(sealed.subarray(end));
      const plain = decipher.update(sealed.subarray(nonceBytes, end));
      try {
        decipher.final();
      } catch (cause) {
        throw fault("CATALOGUE_DAMAGED", { table, why: "a row does not authenticate" }, cause);
      }
      return JSON.parse(plain.toString("utf8")) as Value;
    },
    hash: (field, ...parts) => {
      // Lengths keep ("ab", "c") apart from ("a", "bc").
      const hmac = createHmac("sha256", exact).update(`${field}\0`);
      for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
      return hmac.digest().subarray(0, hashBytes);
    },
  };
}
