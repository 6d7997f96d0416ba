import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from "node:crypto";
import { fault } from "../model/fault.ts";
import { bodyHeadBytes, chunkBytesOf, suite } from "./layout.ts";

/** AES-256-GCM over the numbered chunks of one SEIPDv2 body. Calls must be made with the chunk's own index; order does not matter. */
export type ChunkCipher = {
  readonly chunkBytes: number;
  /** Encrypts chunk `index` given in parts; returns the ciphertext of each part and the tag, to be written in this order. */
  seal(index: number, parts: readonly Uint8Array[]): Buffer[];
  /** Decrypts and authenticates chunk `index` (ciphertext, then tag). Throws ENVELOPE_TAMPERED; gives nothing before the tag matched. */
  open(index: number, sealed: Uint8Array): Buffer;
  /** The last tag: authenticates that `chunks` chunks with `total` plaintext bytes were all there is. */
  sealEnd(chunks: number, total: number): Buffer;
  /** Checks the last tag. Throws ENVELOPE_TAMPERED. */
  openEnd(chunks: number, total: number, tag: Uint8Array): void;
};

/**
 * Derives message key and nonce prefix (RFC 9580 section 5.13.2) for the body that begins with `head`
 * (version, cipher, mode, chunk octet, salt: 36 bytes, already checked) under a 32-byte session key.
 */
export function chunkCipher(sessionKey: Uint8Array, head: Uint8Array): ChunkCipher {
  if (sessionKey.length !== suite.keyBytes) throw fault("ENVELOPE_UNSUPPORTED", { what: `a session key of ${sessionKey.length} bytes` });
  const info = Buffer.from([0xd2, ...head.subarray(0, 4)]);
  const prefixBytes = suite.nonceBytes - 8;
  const derived = Buffer.from(hkdfSync("sha256", sessionKey, head.subarray(4, bodyHeadBytes), info, suite.keyBytes + prefixBytes));
  // As a key object it is read in once and not for every chunk.
  const key = createSecretKey(derived.subarray(0, suite.keyBytes));
  const nonce = Buffer.alloc(suite.nonceBytes);
  derived.copy(nonce, 0, suite.keyBytes);
  derived.fill(0);
  const nonceAt = (index: number): Buffer => {
    nonce.writeUInt32BE(Math.floor(index / 2 ** 32), prefixBytes);
    nonce.writeUInt32BE(index % 2 ** 32, prefixBytes + 4);
    return nonce;
  };
  const endOf = (total: number): Buffer => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(total));
    return Buffer.concat([info, length]);
  };
  const check = (index: number, data: Uint8Array, tag: Uint8Array, aad: Uint8Array): Buffer => {
    const decipher = createDecipheriv("aes-256-gcm", key, nonceAt(index), { authTagLength: suite.tagBytes });
    decipher.setAAD(aad);
    decipher.setAuthTag(tag);
    const plain = decipher.update(data);
    try {
      decipher.final();
    } catch (cause) {
      throw fault("ENVELOPE_TAMPERED", { chunk: index }, cause);
    }
    return plain;
  };
  const make = (index: number, parts: readonly Uint8Array[], aad: Uint8Array): Buffer[] => {
    const cipher = createCipheriv("aes-256-gcm", key, nonceAt(index), { authTagLength: suite.tagBytes });
    cipher.setAAD(aad);
    const out = parts.map((part) => cipher.update(part));
    cipher.final();
    out.push(cipher.getAuthTag());
    return out;
  };
  return {
    chunkBytes: chunkBytesOf(head[3] ?? 0),
    seal: (index, parts) => make(index, parts, info),
    open(index, sealed) {
      const end = sealed.length - suite.tagBytes;
      return check(index, sealed.subarray(0, end), sealed.subarray(end), info);
    },
    sealEnd: (chunks, total) => Buffer.concat(make(chunks, [], endOf(total))),
    openEnd(chunks, total, tag) {
      check(chunks, new Uint8Array(0), tag, endOf(total));
    },
  };
}
