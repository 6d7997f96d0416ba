import { rowOfTag, vrOfPrivate } from "./dictionary.ts";
import { longVrs, shortVrs } from "./element.ts";

/** What stands before a value: tag, VR, how many bytes the header itself takes, and the length it declares (0xffffffff when undefined). */
export type ElementHeader = { readonly tag: string; readonly vr: string; readonly bytes: number; readonly length: number };

/** What careless writers put where a VR belongs; the length that follows has 16 bits. */
const blankVrs: ReadonlySet<string> = new Set(["??", "--", "  ", "\0\0"]);

/** Tag and 32-bit length at index `at`: a whole item header (PS3.5 section 7.5), or an element's in implicit VR. The eight bytes must be there. */
export function readItemHeader(bytes: Buffer, at: number, bigEndian: boolean): { tag: string; length: number } {
  const group = bigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
  const element = bigEndian ? bytes.readUInt16BE(at + 2) : bytes.readUInt16LE(at + 2);
  const tag = (group * 65_536 + element).toString(16).toUpperCase().padStart(8, "0");
  return { tag, length: bigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4) };
}

/**
 * The header of an explicit VR element (PS3.5 section 7.1.2) whose first eight bytes are there. Gives "more" when it has four more bytes that are not, and
 * "no VR" when there is none. A VR this product does not know counts as UN: PS3.5 section 6.2 gives all later ones the long form.
 */
export function readExplicitHeader(bytes: Buffer, at: number, tag: string, bigEndian: boolean): ElementHeader | "more" | "no VR" {
  const vr = bytes.toString("latin1", at + 4, at + 6);
  const blank = blankVrs.has(vr);
  if (blank || shortVrs.has(vr)) {
    return { tag, vr: blank ? "UN" : vr, bytes: 8, length: bigEndian ? bytes.readUInt16BE(at + 6) : bytes.readUInt16LE(at + 6) };
  }
  if (!/^[A-Z]{2}$/u.test(vr)) return "no VR";
  if (bytes.length < at + 12) return "more";
  return { tag, vr: longVrs.has(vr) ? vr : "UN", bytes: 12, length: bigEndian ? bytes.readUInt32BE(at + 8) : bytes.readUInt32LE(at + 8) };
}

/**
 * Whether a little endian data set is in explicit VR, judged by the first element's header at `at`; null when that does not tell.
 * Some writers name one syntax and write the other. The two cannot be confused: read as a length, a VR would mean over 16,000 bytes, and read as a VR, the
 * length of a first element has a control character.
 */
export function looksExplicit(bytes: Buffer, at: number): boolean | null {
  const vr = bytes.toString("latin1", at + 4, at + 6);
  if (shortVrs.has(vr) || longVrs.has(vr)) return true;
  return [...vr].some((character) => character < " ") && !blankVrs.has(vr) ? false : null;
}

/** The VR of an implicit VR element by the dictionaries, "UN" when they do not know it. `creatorOf` gives the value of a private creator element. */
export function implicitVr(tag: string, creatorOf: (tag: string) => string | null): string {
  const isPrivate = Number.parseInt(tag.charAt(3), 16) % 2 === 1;
  if (!isPrivate) {
    const vr = rowOfTag(tag)?.vr ?? "UN";
    return vr === "ox" ? "OW" : vr;
  }
  const block = tag.slice(4, 6);
  if (block === "00") return Number.parseInt(tag.slice(6), 16) >= 0x10 ? "LO" : "UN";
  const creator = creatorOf(`${tag.slice(0, 4)}00${block}`);
  const vr = creator === null ? null : vrOfPrivate(creator, tag);
  return vr === null ? "UN" : vr === "OX" ? "OW" : vr === "XS" ? "xs" : vr;
}
