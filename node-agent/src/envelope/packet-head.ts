import { fault } from "../model/fault.ts";

/** Packet tags (RFC 9580 section 5) that matter here. */
export const tags = { pkesk: 1, marker: 10, literal: 11, seipd: 18, padding: 21 } as const;

/** Tags a message may carry beside its substance and a reader must pass over (sections 5.8, 5.14). */
export const isPassedOver = (tag: number): boolean => tag === tags.marker || tag === tags.padding;

/** `length` is the body's length, or that of its first part when `partial`; null: the body runs to the end (old format only). */
export type PacketHead = { readonly tag: number; readonly length: number | null; readonly partial: boolean; readonly headBytes: number };

/** A new-format length at `at` (sections 4.2.1.1 to 4.2.1.4); null when more bytes are needed. */
export function parseLength(bytes: Uint8Array, at: number): { length: number; partial: boolean; octets: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  if (first < 192) return { length: first, partial: false, octets: 1 };
  if (first >= 224 && first < 255) return { length: 2 ** (first & 0x1f), partial: true, octets: 1 };
  const octets = first < 224 ? 2 : 5;
  if (bytes.length < at + octets) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, octets);
  const length = octets === 2 ? view.getUint16(0) - 0xc000 + 192 : view.getUint32(1);
  return { length, partial: false, octets };
}

/** The packet header at `at` (section 4.2), old or new format; null when more bytes are needed. Throws ENVELOPE_MALFORMED. */
export function parsePacketHead(bytes: Uint8Array, at: number): PacketHead | null {
  const first = bytes[at];
  if (first === undefined) return null;
  if ((first & 0x80) === 0) throw fault("ENVELOPE_MALFORMED", { what: "a packet does not begin with bit 7 set" });
  if ((first & 0x40) !== 0) {
    const tag = first & 0x3f;
    const read = parseLength(bytes, at + 1);
    if (read === null) return null;
    // Section 4.2.1.4: the first partial length must be at least 512, and only data packets may be partial.
    if (read.partial && (read.length < 512 || (tag !== tags.literal && tag !== tags.seipd)))
      throw fault("ENVELOPE_MALFORMED", { what: "a partial length where none may be" });
    return { tag, length: read.length, partial: read.partial, headBytes: 1 + read.octets };
  }
  const tag = (first >> 2) & 0x0f;
  const octets = [1, 2, 4, 0][first & 3] ?? 0;
  if (octets === 0) return { tag, length: null, partial: false, headBytes: 1 };
  if (bytes.length < at + 1 + octets) return null;
  let length = 0;
  for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at + 1 + i] ?? 0);
  return { tag, length, partial: false, headBytes: 1 + octets };
}
