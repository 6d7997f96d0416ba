import { fault } from "../model/fault.ts";
import type { Element, Fragment, Range } from "./element.ts";
import type { Part10 } from "./instance-reader.ts";
import { numbersOf } from "./numbers.ts";

function bytesOf(part10: Part10, tag: string): Buffer | null {
  const element = part10.dataset.elements.get(tag);
  return element === undefined || element.at === null ? null : part10.header.subarray(element.at, element.at + element.value.length);
}

function numberOf(part10: Part10, tag: string, missing: number | null): number {
  const bytes = bytesOf(part10, tag);
  const value = bytes === null ? undefined : numbersOf("US", bytes, part10.dataset.bigEndian)?.[0];
  if (typeof value === "number") return value;
  if (missing === null) throw fault("DICOM_FRAMES_UNLOCATABLE", { reason: `attribute ${tag} is missing` });
  return missing;
}

/** NumberOfFrames (0028,0008), 1 when absent. */
export function frameCount(part10: Part10): number {
  const count = Number.parseInt(bytesOf(part10, "00280008")?.toString("latin1") ?? "1", 10);
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}

function pixelData(part10: Part10): Element {
  const element = ["7FE00010", "7FE00008", "7FE00009"].map((tag) => part10.dataset.elements.get(tag)).find((found) => found !== undefined);
  if (element === undefined) throw fault("DICOM_NO_PIXEL_DATA", {});
  return element;
}

function nativeRanges(part10: Part10, element: Element, frames: readonly number[]): Range[][] {
  const rows = numberOf(part10, "00280010", null);
  const columns = numberOf(part10, "00280011", null);
  const samples = numberOf(part10, "00280002", 1);
  const bits = element.tag === "7FE00008" ? 32 : element.tag === "7FE00009" ? 64 : numberOf(part10, "00280100", null);
  // YBR_FULL_422 and its relatives share each chroma pair between two pixels (PS3.3 C.7.6.3.1.2): two samples per pixel instead of three.
  const is422 = samples === 3 && /_422\b/u.test(bytesOf(part10, "00280004")?.toString("latin1") ?? "");
  const frameBits = rows * columns * (is422 ? 2 : samples) * bits;
  if (frameBits === 0) throw fault("DICOM_FRAMES_UNLOCATABLE", { reason: "rows, columns or bits allocated are zero" });
  if (frameBits * frameCount(part10) > element.value.length * 8)
    throw fault("DICOM_FRAMES_UNLOCATABLE", { reason: "the pixel data are shorter than the frames they should hold" });
  return frames.map((frame) => {
    const first = frameBits * (frame - 1);
    // One-bit frames are packed without padding between them (PS3.5 section 8.1.1); one that does not begin at a byte cannot be served as stored.
    if (first % 8 !== 0) throw fault("DICOM_FRAMES_UNLOCATABLE", { reason: `frame ${frame} does not begin at a byte` });
    return [{ offset: element.value.offset + first / 8, length: Math.ceil(frameBits / 8) }];
  });
}

/** Index of the first fragment of each frame; the fragments are those after the basic offset table. */
function firstFragments(part10: Part10, element: Element, fragments: readonly Fragment[], count: number): number[] {
  if (count === 1) return [0];
  const [first] = fragments;
  const base = (first?.offset ?? 0) - 8;
  const byOffset = (offsets: readonly (number | string | null)[]): number[] | null => {
    const at = new Map(fragments.map((fragment, i) => [fragment.offset - 8 - base, i]));
    const found = offsets.map((offset) => at.get(Number(offset)));
    const known = found.filter((index) => index !== undefined);
    return known.length === count &&
      found.length === count &&
      known[0] === 0 &&
      known.every((index, i) => i === 0 || index > (known[i - 1] ?? 0))
      ? known
      : null;
  };
  const extended = bytesOf(part10, "7FE00001");
  const table = element.fragments?.[0];
  const basic =
    table === undefined || element.table === undefined
      ? Buffer.alloc(0)
      : part10.header.subarray(element.table, element.table + table.length);
  const found =
    (extended === null ? null : byOffset(numbersOf("UV", extended, false) ?? [])) ?? byOffset(numbersOf("UL", basic, false) ?? []);
  if (found !== null) return found;
  if (fragments.length === count) return fragments.map((_fragment, i) => i);
  const starts = fragments.flatMap((fragment, i) => (fragment.begins ? [i] : []));
  if (starts.length === count && starts[0] === 0) return starts;
  throw fault("DICOM_FRAMES_UNLOCATABLE", {
    reason: `${fragments.length} fragments hold ${count} frames and no offset table tells them apart`,
  });
}

/**
 * Where frames lie: for each frame number asked (1 and up) its pieces in order, as ranges of the file (of the inflated data set when `part10.deflated`).
 * Native and encapsulated pixel data (PS3.5 annex A.4) with basic or extended offset table, or one fragment per frame, or code streams that begin a fragment.
 * Throws DICOM_FRAME_NOT_FOUND, DICOM_NO_PIXEL_DATA (404) or DICOM_FRAMES_UNLOCATABLE (406).
 */
export function frameRanges(part10: Part10, frames: readonly number[]): Range[][] {
  const element = pixelData(part10);
  const count = frameCount(part10);
  const missing = frames.find((frame) => frame > count);
  if (missing !== undefined) throw fault("DICOM_FRAME_NOT_FOUND", { frame: missing, frames: count });
  if (frames.some((frame) => !Number.isSafeInteger(frame) || frame < 1)) throw fault("DICOM_BAD_FRAME_LIST", {});
  if (element.fragments === undefined) return nativeRanges(part10, element, frames);
  const fragments = element.fragments.slice(1);
  const firsts = firstFragments(part10, element, fragments, count);
  return frames.map((frame) =>
    fragments.slice(firsts[frame - 1], firsts[frame] ?? fragments.length).map(({ offset, length }) => ({ offset, length })),
  );
}

/** Parses the frame list of a path, `1,2,3`. Throws DICOM_BAD_FRAME_LIST (400). At most 100,000 frames may be listed. */
export function parseFrameList(text: string): number[] {
  const frames = /^[1-9]\d{0,8}(?:,[1-9]\d{0,8})*$/u.test(text) ? text.split(",").map(Number) : [];
  if (frames.length === 0 || frames.length > 100_000) throw fault("DICOM_BAD_FRAME_LIST", {});
  return frames;
}
