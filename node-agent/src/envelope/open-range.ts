import { fault } from "../model/fault.ts";
import { checkBodyHead } from "./body-head.ts";
import { type ChunkCipher, chunkCipher } from "./chunk-cipher.ts";
import { bodyHeadBytes, suite } from "./layout.ts";
import { parsePacketHead, tags } from "./packet-head.ts";
import { bodyPlan } from "./sealed-body.ts";
import { splitHeader } from "./split-header.ts";

/** Reads `length` bytes of ciphertext at `offset`; may return fewer only at the end of the object. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** Random access to the content of one sealed object. */
export type RangeReader = {
  /** Content length in bytes, authenticated by the message's last tag. */
  readonly size: number;
  /** Content bytes [start, end), reading only the chunks that hold them; each piece is authenticated. Throws ENVELOPE_RANGE and what `open` throws. */
  range(start: number, end: number): AsyncGenerator<Buffer, void, undefined>;
};

/** Enough for several key packets and the SEIPD head: one small read in practice. */
const firstRead = 1024;

async function exactly(read: ReadAt, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await read(offset, length);
  if (bytes.length < length) throw fault("ENVELOPE_TRUNCATED", { have: offset + bytes.length, atLeast: offset + length });
  return bytes.length === length ? bytes : bytes.subarray(0, length);
}

/** Length of the literal packet's head in the first chunk, checked to span the whole plaintext. */
function literalHeadIn(first: Uint8Array, inner: number): number {
  const head = parsePacketHead(first, 0);
  if (head === null || head.tag !== tags.literal || head.partial || head.length === null)
    throw fault("ENVELOPE_UNSUPPORTED", { what: "a content without one definite length, for which there is no random access" });
  const nameBytes = first[head.headBytes + 1];
  const size = head.headBytes + 6 + (nameBytes ?? 0);
  if (nameBytes === undefined || size > first.length || size > inner) throw fault("ENVELOPE_MALFORMED", { what: "the literal packet is not complete" });
  if (head.headBytes + head.length !== inner) throw fault("ENVELOPE_UNSUPPORTED", { what: "packets beside the literal packet, for which there is no random access" });
  return size;
}

/**
 * Prepares random access: reads the head, the first chunk and the last tag, so that the length is authenticated before anything is served.
 * Needs definite lengths (all objects Fiducial writes have them); ENVELOPE_UNSUPPORTED otherwise.
 */
export async function rangeReader(input: { readonly sessionKey: Uint8Array; readonly read: ReadAt }): Promise<RangeReader> {
  const { read } = input;
  const beginning = await read(0, firstRead);
  const { start } = splitHeader(beginning);
  const packet = parsePacketHead(beginning, start);
  if (packet === null) throw fault("ENVELOPE_TRUNCATED", { have: beginning.length, atLeast: start + 6 });
  if (packet.partial || packet.length === null) throw fault("ENVELOPE_UNSUPPORTED", { what: "partial lengths, for which there is no random access" });
  const bodyAt = start + packet.headBytes;
  const head = Buffer.from(await exactly(read, bodyAt, bodyHeadBytes));
  checkBodyHead(head);
  const cipher: ChunkCipher = chunkCipher(input.sessionKey, head);
  const { inner, chunks } = bodyPlan(packet.length, cipher.chunkBytes);
  const chunk = async (index: number): Promise<Buffer> => {
    const offset = bodyAt + bodyHeadBytes + index * (cipher.chunkBytes + suite.tagBytes);
    const length = Math.min(cipher.chunkBytes, inner - index * cipher.chunkBytes) + suite.tagBytes;
    return cipher.open(index, await exactly(read, offset, length));
  };
  const endAt = bodyAt + packet.length - suite.tagBytes;
  cipher.openEnd(chunks, inner, await exactly(read, endAt, suite.tagBytes));
  const first = await chunk(0);
  const skip = literalHeadIn(first, inner);
  const size = inner - skip;
  return {
    size,
    async *range(from, to) {
      if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to || to > size) throw fault("ENVELOPE_RANGE", { start: from, end: to, size });
      let at = from + skip;
      while (at < to + skip) {
        const index = Math.floor(at / cipher.chunkBytes);
        const base = index * cipher.chunkBytes;
        const plain = index === 0 ? first : await chunk(index);
        const piece = plain.subarray(at - base, Math.min(plain.length, to + skip - base));
        yield piece;
        at += piece.length;
      }
    },
  };
}

/** Content bytes [start, end) of one sealed object: `rangeReader` for a single use. */
export async function* openRange(input: {
  readonly sessionKey: Uint8Array;
  readonly read: ReadAt;
  readonly start: number;
  readonly end: number;
}): AsyncGenerator<Buffer, void, undefined> {
  const reader = await rangeReader(input);
  yield* reader.range(input.start, input.end);
}
