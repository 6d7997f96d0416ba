import { fault } from "../model/fault.ts";
import { checkBodyHead } from "./body-head.ts";
import { type ByteReader, byteReader } from "../model/byte-reader.ts";
import { chunkCipher } from "./chunk-cipher.ts";
import { bodyHeadBytes } from "./layout.ts";
import { literalReader } from "./literal-reader.ts";
import { isPassedOver, type PacketHead, parsePacketHead, tags } from "./packet-head.ts";
import { chunksOfKnown, chunksOfPartial, partialBody, takeExactly } from "./sealed-body.ts";
import { largestHeader } from "./split-header.ts";

/** Reads past key packets to the SEIPD packet's header. */
async function seipdHead(reader: ByteReader): Promise<PacketHead> {
  for (;;) {
    let octets = await takeExactly(reader, 2);
    let head = parsePacketHead(octets, 0);
    while (head === null) {
      octets = Buffer.concat([octets, await takeExactly(reader, 1)]);
      head = parsePacketHead(octets, 0);
    }
    if (head.tag === tags.seipd) {
      // One-octet old-format heads took a byte too many; no writer of SEIPDv2 uses them.
      if (head.length === null || head.headBytes < octets.length) throw fault("ENVELOPE_UNSUPPORTED", { what: "encrypted data of undeclared length" });
      return head;
    }
    if (head.length === null || (head.tag !== tags.pkesk && !isPassedOver(head.tag)))
      throw fault("ENVELOPE_MALFORMED", { what: `packet tag ${head.tag} in front of the encrypted data` });
    if (reader.taken() + head.length > largestHeader) throw fault("ENVELOPE_MALFORMED", { what: "the key packets are too long" });
    await takeExactly(reader, head.length);
  }
}

/**
 * Opens `[PKESK...] || SEIPDv2(AES-256-GCM)` holding one literal packet (RFC 9580 sections 5.13.2, 5.9) and gives its content.
 * Definite and partial lengths are read. A byte is released only after its chunk's tag matched; **the message is whole only when the
 * iteration ends without a throw**: the last tag, the declared lengths and the absence of trailing bytes are checked there.
 * Throws ENVELOPE_TAMPERED, ENVELOPE_TRUNCATED, ENVELOPE_TRAILING, ENVELOPE_MALFORMED, ENVELOPE_UNSUPPORTED. Closes the source when left early.
 */
export async function* open(input: { readonly sessionKey: Uint8Array; readonly source: AsyncIterable<Uint8Array> }): AsyncGenerator<Buffer, void, undefined> {
  const reader = byteReader(input.source);
  try {
    const packet = await seipdHead(reader);
    const length = packet.length ?? 0;
    const body = packet.partial ? partialBody(reader, length) : reader;
    if (!packet.partial && length < bodyHeadBytes) throw fault("ENVELOPE_MALFORMED", { what: `no message has a body of ${length} bytes` });
    const head = await body.take(bodyHeadBytes);
    checkBodyHead(head);
    const cipher = chunkCipher(input.sessionKey, head);
    const chunks = packet.partial ? chunksOfPartial(body, cipher.chunkBytes) : chunksOfKnown(reader, length, cipher.chunkBytes);
    const literal = literalReader();
    let index = 0;
    let total = 0;
    for (;;) {
      const step = await chunks.next();
      if (step.done === true) {
        cipher.openEnd(index, total, step.value);
        break;
      }
      const plain = cipher.open(index++, step.value);
      total += plain.length;
      for (const part of literal.push(plain)) if (part.length > 0) yield part;
    }
    literal.end();
    const after = await reader.take(1);
    if (after.length > 0) throw fault("ENVELOPE_TRAILING", { bytes: after.length });
  } finally {
    await reader.close();
  }
}
