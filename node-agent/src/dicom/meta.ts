import { fault } from "../model/fault.ts";
import { isUid } from "../model/ids.ts";
import { longVrs } from "./element.ts";
import { type Encoding, encodingOf } from "./transfer-syntax.ts";

/** Offset of the first element: 128 bytes of preamble, then DICM (PS3.10 section 7.1). */
const start = 132;

/** What group 0002 says about the data set that follows. */
export type Meta = {
  /** TransferSyntaxUID (0002,0010). */
  readonly transferSyntax: string;
  readonly encoding: Encoding;
  /** File offset of the first byte after group 0002. */
  readonly datasetOffset: number;
};

/** File offset where group 0002 ends, or null when `bytes` do not reach that far. */
function endOfGroup(bytes: Buffer, found: Map<number, string>): number | null {
  for (let at = start; ; ) {
    if (bytes.length < at + 2) return null;
    if (bytes.readUInt16LE(at) !== 2) return at;
    if (bytes.length < at + 12) return null;
    const vr = bytes.toString("latin1", at + 4, at + 6);
    if (!/^[A-Z]{2}$/u.test(vr)) throw fault("DICOM_NO_META", {});
    const long = longVrs.has(vr);
    const length = long ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
    const value = at + (long ? 12 : 8);
    if (bytes.length < value + length) {
      if (length === 0xffff_ffff) throw fault("DICOM_MALFORMED", { offset: at, reason: "an element of group 0002 has no length" });
      return null;
    }
    if (vr === "UI")
      found.set(bytes.readUInt16LE(at + 2), bytes.toString("latin1", value, value + Math.min(length, 128)).replace(/[\0 ]+$/u, ""));
    at = value + length;
  }
}

function refuseUnlessPart10(bytes: Buffer): void {
  if (bytes.toString("latin1", 128, start) === "DICM") return;
  const group = bytes.length < 8 ? 0 : bytes.readUInt16LE(0);
  const bare = bytes.toString("latin1", 0, 4) === "DICM" || ((group === 2 || group === 8) && bytes.readUInt16LE(2) < 0x20);
  throw bare ? fault("DICOM_NO_PREAMBLE", {}) : fault("DICOM_NOT_PART10", { bytes: bytes.length });
}

/**
 * Reads the file meta information (PS3.10 section 7.1) from the beginning of a file. Its group length is not relied on: files get it wrong.
 * Gives null when more bytes are needed and `whole` is false.
 * Throws DICOM_NOT_PART10, DICOM_NO_PREAMBLE, DICOM_NO_META, DICOM_NO_TRANSFER_SYNTAX, DICOM_UNKNOWN_TRANSFER_SYNTAX, DICOM_TRUNCATED.
 */
export function readMeta(bytes: Buffer, whole: boolean): Meta | null {
  if (bytes.length < start && !whole) return null;
  refuseUnlessPart10(bytes);
  const found = new Map<number, string>();
  const end = endOfGroup(bytes, found);
  if (end === start) throw fault("DICOM_NO_META", {});
  const transferSyntax = found.get(0x10);
  if (end === null) {
    if (!whole) return null;
    // A file that is nothing but complete meta information ends exactly where the next group would begin.
    throw fault("DICOM_TRUNCATED", { bytes: bytes.length, missing: null });
  }
  if (transferSyntax === undefined || transferSyntax === "") throw fault("DICOM_NO_TRANSFER_SYNTAX", {});
  const encoding = encodingOf(transferSyntax);
  if (encoding === null) {
    throw fault("DICOM_UNKNOWN_TRANSFER_SYNTAX", { transferSyntax: isUid(transferSyntax) ? transferSyntax : "(not a UID)" });
  }
  return { transferSyntax, encoding, datasetOffset: end };
}
