import { fault } from "../model/fault.ts";
import { giveBack } from "../model/give-back.ts";
import { newBodyHead } from "./body-head.ts";
import { type ChunkCipher, chunkCipher } from "./chunk-cipher.ts";
import { bodyBytesFor, chunkOctet, literalHead, packetHead, sealedSize } from "./layout.ts";

export type SealInput = {
  /** 32 bytes, from `newSessionKey`. */
  readonly sessionKey: Uint8Array;
  /** Key packets (PKESK) written in front, as made by `wrapSessionKey`; may be empty. */
  readonly prefix: Uint8Array;
  /** Exact number of plaintext bytes `source` will give. */
  readonly size: number;
  readonly source: AsyncIterable<Uint8Array>;
};

/**
 * Seals a stream of known length as `prefix || SEIPDv2(AES-256-GCM, 256 KiB chunks, one literal packet)`, RFC 9580 section 5.13.2.
 * Gives exactly `prefix.length + sealedSize(size)` bytes; holds at most one chunk. Throws ENVELOPE_TOO_LARGE before reading,
 * ENVELOPE_WRONG_SIZE when the source gives more or fewer bytes than `size` (what was written then has no last tag and never opens).
 */
export async function* seal(input: SealInput): AsyncGenerator<Buffer, void, undefined> {
  sealedSize(input.size);
  const inner = literalHead(input.size);
  const head = newBodyHead();
  const cipher = chunkCipher(input.sessionKey, head);
  yield Buffer.concat([input.prefix, packetHead(18, bodyBytesFor(inner.length + input.size, chunkOctet)), head]);
  let parts: Uint8Array[] = [inner];
  let held = inner.length;
  let have = 0;
  let index = 0;
  for await (const piece of input.source) {
    have += piece.length;
    if (have > input.size) throw fault("ENVELOPE_WRONG_SIZE", { declared: input.size, have });
    let at = 0;
    while (piece.length - at >= cipher.chunkBytes - held) {
      const take = cipher.chunkBytes - held;
      if (take > 0) parts.push(piece.subarray(at, at + take));
      at += take;
      yield* cipher.seal(index++, parts);
      parts = [];
      held = 0;
    }
    if (at < piece.length) {
      // Copied: the source may reuse its buffer once asked for the next piece.
      parts.push(Buffer.from(piece.subarray(at)));
      held += piece.length - at;
      if (parts.length > 64) parts = [Buffer.concat(parts)];
    }
  }
  if (have !== input.size) throw fault("ENVELOPE_WRONG_SIZE", { declared: input.size, have });
  if (held > 0) yield* cipher.seal(index++, parts);
  yield cipher.sealEnd(index, inner.length + input.size);
}

/**
 * Seals bytes that are in memory, in one go: same form as `seal`, one buffer of `prefix.length + sealedSize(plain.length)` bytes.
 * Throws ENVELOPE_TOO_LARGE.
 */
export function sealBuffer(input: { readonly sessionKey: Uint8Array; readonly prefix: Uint8Array; readonly plain: Uint8Array }): Buffer {
  const { plain, prefix } = input;
  const out = Buffer.allocUnsafeSlow(prefix.length + sealedSize(plain.length));
  const inner = literalHead(plain.length);
  const head = newBodyHead();
  const cipher: ChunkCipher = chunkCipher(input.sessionKey, head);
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    out.set(bytes, at);
    at += bytes.length;
  };
  put(prefix);
  put(packetHead(18, bodyBytesFor(inner.length + plain.length, chunkOctet)));
  put(head);
  let index = 0;
  let from = 0;
  do {
    const to = Math.min(plain.length, (index + 1) * cipher.chunkBytes - inner.length);
    const part = plain.subarray(from, to);
    for (const sealed of cipher.seal(index, index === 0 ? [inner, part] : [part])) {
      put(sealed);
      giveBack(sealed);
    }
    from = to;
    index++;
  } while (from < plain.length);
  put(cipher.sealEnd(index, inner.length + plain.length));
  return out;
}
