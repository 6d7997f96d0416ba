import { fault } from "../model/fault.ts";

/** RFC 9580 section 5.13.2 with AES-256 (section 9.3), GCM (section 9.6): the only suite Fiducial writes and reads. */
export const suite = { version: 2, cipher: 9, aead: 3, keyBytes: 32, nonceBytes: 12, tagBytes: 16, saltBytes: 32 } as const;

/** Chunk octet 12: 256 KiB of plaintext per chunk, openpgp's default and small enough for cheap random access. */
export const chunkOctet = 12;

/** Plaintext bytes per chunk for a chunk octet (section 5.13.2: 2^(octet + 6)). */
export const chunkBytesOf = (octet: number): number => 2 ** (octet + 6);

/** version, cipher, AEAD mode, chunk octet, salt: what comes between the packet header and the first chunk. */
export const bodyHeadBytes = 4 + suite.saltBytes;

/** New-format packet header with a five-octet length (section 4.2.1.3). */
export const packetHeadBytes = 6;

/** Literal packet (section 5.9): header, format octet, empty file name, date 0. */
export const literalHeadBytes = packetHeadBytes + 6;

const lengthLimit = 0xffff_ffff;

/** The SEIPD body's length in bytes for `inner` bytes of plaintext packets. */
export function bodyBytesFor(inner: number, octet: number): number {
  const chunks = Math.ceil(inner / chunkBytesOf(octet));
  return bodyHeadBytes + inner + suite.tagBytes * (chunks + 1);
}

/** Largest plaintext `seal` takes, in bytes: what a five-octet packet length can still announce once sealed. */
export const largestPlain = ((): number => {
  const overheadPerChunk = suite.tagBytes / chunkBytesOf(chunkOctet);
  let guess = Math.floor((lengthLimit - bodyHeadBytes - 2 * suite.tagBytes) / (1 + overheadPerChunk)) - literalHeadBytes;
  while (bodyBytesFor(guess + literalHeadBytes, chunkOctet) > lengthLimit) guess--;
  return guess;
})();

/**
 * Bytes of the SEIPDv2 message `seal` writes for `plainLength` bytes, without the key packets in front.
 * Throws ENVELOPE_TOO_LARGE where five-octet lengths end (a little under 4 GiB) and ENVELOPE_MALFORMED when no length.
 */
export function sealedSize(plainLength: number): number {
  if (!Number.isSafeInteger(plainLength) || plainLength < 0) throw fault("ENVELOPE_MALFORMED", { what: "the plaintext length is not a byte count" });
  if (plainLength > largestPlain) throw fault("ENVELOPE_TOO_LARGE", { bytes: plainLength, limit: largestPlain });
  return packetHeadBytes + bodyBytesFor(plainLength + literalHeadBytes, chunkOctet);
}

/** Packet header for tag `tag` (1 to 63) and a body of `length` bytes. */
export function packetHead(tag: number, length: number): Buffer {
  const head = Buffer.alloc(packetHeadBytes);
  head[0] = 0xc0 | tag;
  head[1] = 0xff;
  head.writeUInt32BE(length, 2);
  return head;
}

/** Literal packet up to its content of `length` bytes: binary, no name, no date, so that it says nothing. */
export function literalHead(length: number): Buffer {
  return Buffer.concat([packetHead(11, length + literalHeadBytes - packetHeadBytes), Buffer.from([0x62, 0, 0, 0, 0, 0])]);
}
