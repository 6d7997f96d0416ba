import { fault } from "../model/fault.ts";
import type { ByteReader } from "../model/byte-reader.ts";
import { bodyHeadBytes, suite } from "./layout.ts";
import { parseLength } from "./packet-head.ts";

/** Plaintext and chunk counts inside a SEIPD body of `bodyBytes`; ENVELOPE_MALFORMED when no message has that length. */
export function bodyPlan(bodyBytes: number, chunkBytes: number): { readonly inner: number; readonly chunks: number } {
  const rest = bodyBytes - bodyHeadBytes - suite.tagBytes;
  const chunks = Math.ceil(rest / (chunkBytes + suite.tagBytes));
  const inner = rest - chunks * suite.tagBytes;
  if (rest < 0 || inner < 0 || Math.ceil(inner / chunkBytes) !== chunks) throw fault("ENVELOPE_MALFORMED", { what: `no message has a body of ${bodyBytes} bytes` });
  return { inner, chunks };
}

const truncated = (reader: ByteReader, missing: number): Error => fault("ENVELOPE_TRUNCATED", { have: reader.taken(), atLeast: reader.taken() + missing });

/** Exactly `count` bytes or ENVELOPE_TRUNCATED. */
export async function takeExactly(reader: ByteReader, count: number): Promise<Buffer> {
  const bytes = await reader.take(count);
  if (bytes.length < count) throw truncated(reader, count - bytes.length);
  return bytes;
}

/** Follows partial body lengths (RFC 9580 section 4.2.1.4): reads like a ByteReader and ends where the packet ends. */
export function partialBody(reader: ByteReader, first: number): Pick<ByteReader, "take"> {
  let left = first;
  let more = true;
  return {
    async take(count) {
      const parts: Buffer[] = [];
      let need = count;
      while (need > 0) {
        if (left === 0) {
          if (!more) break;
          let octets = await takeExactly(reader, 1);
          let length = parseLength(octets, 0);
          if (length === null) {
            octets = Buffer.concat([octets, await takeExactly(reader, (octets[0] ?? 0) < 224 ? 1 : 4)]);
            length = parseLength(octets, 0);
          }
          left = length?.length ?? 0;
          more = length?.partial === true;
          continue;
        }
        const part = await takeExactly(reader, Math.min(left, need));
        parts.push(Buffer.from(part));
        left -= part.length;
        need -= part.length;
      }
      return Buffer.concat(parts);
    },
  };
}

/** Each sealed chunk (ciphertext and tag) of a body of known length, then the last tag. */
export async function* chunksOfKnown(reader: ByteReader, bodyBytes: number, chunkBytes: number): AsyncGenerator<Buffer, Buffer, undefined> {
  const { inner, chunks } = bodyPlan(bodyBytes, chunkBytes);
  for (let index = 0; index < chunks; index++) yield await takeExactly(reader, Math.min(chunkBytes, inner - index * chunkBytes) + suite.tagBytes);
  return await takeExactly(reader, suite.tagBytes);
}

/** The same for a body of unknown length: the last tag is known only once nothing follows it, so 16 bytes are held back. */
export async function* chunksOfPartial(body: Pick<ByteReader, "take">, chunkBytes: number): AsyncGenerator<Buffer, Buffer, undefined> {
  const full = chunkBytes + suite.tagBytes;
  let held: Buffer = await body.take(suite.tagBytes);
  for (;;) {
    const joined: Buffer = Buffer.concat([held, await body.take(full)]);
    if (joined.length < suite.tagBytes) throw fault("ENVELOPE_MALFORMED", { what: "the encrypted data is shorter than its tag" });
    const chunk = joined.subarray(0, joined.length - suite.tagBytes);
    held = joined.subarray(joined.length - suite.tagBytes);
    if (chunk.length === 0) return held;
    if (chunk.length <= suite.tagBytes) throw fault("ENVELOPE_MALFORMED", { what: "a chunk is shorter than its tag" });
    yield chunk;
    if (chunk.length < full) return held;
  }
}
