import { CID } from "multiformats/cid";
import { matches } from "../../dag/block.ts";
import type { SegmentFiles } from "./files.ts";
import type { PlaceIndex, Placed } from "./place-index.ts";
import { recordsIn } from "./record.ts";

/** Of the newest segment this much is looked at byte by byte when it is read in: what a power cut may have left half written lies there. */
const doubtedBytes = 64 << 20;
const batch = 1000;

/**
 * Brings the index up to what the segments hold: after a crash the records behind the last known one, after a lost index all of them. What a cut write
 * left at the end is not taken. Gives the segment to go on in and how far its whole records reach.
 */
export async function readIn(files: SegmentFiles, index: PlaceIndex): Promise<{ readonly no: number; readonly size: number }> {
  const known = new Map(index.segments().map((row) => [row.no, row]));
  const numbers = await files.numbers();
  for (const no of known.keys()) if (!numbers.includes(no)) index.dropSegment(no);
  let end = { no: 1, size: 0 };
  for (const no of numbers) {
    const newest = no === numbers.at(-1);
    const size = await readSegment(files, index, no, known.get(no)?.size ?? 0, newest);
    end = { no, size };
  }
  return end;
}

async function readSegment(files: SegmentFiles, index: PlaceIndex, no: number, from: number, newest: boolean): Promise<number> {
  const file = await files.writer(no);
  try {
    const { size } = await file.stat();
    let whole = from;
    let dead = 0;
    let found: Placed[] = [];
    const keep = (): void => {
      index.add(found, { no, size: whole });
      found = [];
    };
    for await (const { cid, at, length, live } of recordsIn(file, from, size)) {
      const placed: Placed = { cid, segment: no, at, length };
      // A dead record's bytes were overwritten, and mean nothing.
      if (live && newest && size - at <= doubtedBytes && !(await isWhole(files, placed))) break;
      whole = at + length;
      if (live) found.push(placed);
      else dead++;
      if (found.length >= batch) keep();
    }
    if (whole > from || dead > 0) keep();
    return whole;
  } finally {
    await file.close();
  }
}

async function isWhole(files: SegmentFiles, { cid, segment, at, length }: Placed): Promise<boolean> {
  try {
    return matches(CID.decode(cid), await files.read(segment, at, length));
  } catch {
    return false;
  }
}
