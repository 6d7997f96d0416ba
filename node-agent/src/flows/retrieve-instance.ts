import { parseCid } from "../dag/block.ts";
import type { Get } from "../dag/node.ts";
import { catRange } from "../dag/read-file.ts";
import { type RangeReader, rangeReader } from "../envelope/open-range.ts";
import { fault, isFault } from "../model/fault.ts";
import type { InstanceRecord, StudyRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import { heldBlocks } from "./get-block.ts";
import { openHeld } from "./open-held.ts";
import { openObject } from "./open-object.ts";

/** Half-open range of the Part 10 file in bytes. */
export type ByteRange = { readonly start: number; readonly end: number };
/** `size` is the number of bytes `stream` gives; every piece is authenticated before it is given. With `own` each piece's memory is the reader's alone, to be given back. */
export type Retrieved = { readonly size: number; readonly stream: AsyncIterable<Uint8Array>; readonly own: boolean };

/** The study of an instance record. Throws STUDY_UNKNOWN, STUDY_GONE. */
export function studyOf(context: HospitalContext, record: InstanceRecord): StudyRecord {
  const study = context.catalogue.study(record.study);
  if (study === null) throw fault("STUDY_UNKNOWN", { study: record.study });
  return study;
}

/** Random access to an instance's Part 10 bytes. Throws STUDY_GONE, OBJECT_MISSING, the ENVELOPE_ faults. */
export async function instanceRanges(context: HospitalContext, record: InstanceRecord): Promise<RangeReader> {
  const sessionKey = await context.sessionKeys.of(studyOf(context, record));
  const cid = parseCid(record.object);
  const get = heldBlocks(context, record.study);
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const parts: Uint8Array[] = [];
    const end = Math.min(record.objectSize, offset + length);
    try {
      for await (const part of catRange(cid, { start: Math.min(offset, end), end }, get)) parts.push(part);
    } catch (error) {
      if (isFault(error, "BLOCK_MISSING")) throw fault("OBJECT_MISSING", { object: record.object }, error);
      throw error;
    }
    return Buffer.concat(parts);
  };
  return await rangeReader({ sessionKey, read });
}

async function* counted(context: HospitalContext, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  try {
    for await (const piece of source) {
      bytes += piece.length;
      yield piece;
    }
  } finally {
    if (bytes > 0) context.metrics.count("fiducial_retrieve_bytes_total", {}, bytes);
  }
}

/**
 * The Part 10 bytes of an instance exactly as received, or a range of them, decrypted on the way out and only as fast as they are read. `get` reads the study's
 * blocks where many instances of it are read together (`heldBlocks`).
 * Throws STUDY_GONE; the stream throws OBJECT_MISSING and the ENVELOPE_ faults.
 */
export async function retrieveInstance(context: HospitalContext, record: InstanceRecord, { range, get }: { readonly range?: ByteRange; readonly get?: Get } = {}): Promise<Retrieved> {
  if (range !== undefined) {
    const ranges = await instanceRanges(context, record);
    return { size: range.end - range.start, stream: counted(context, ranges.range(range.start, range.end)), own: false };
  }
  const sessionKey = await context.sessionKeys.of(studyOf(context, record));
  return { size: record.size, stream: counted(context, content(context, record, sessionKey, get)), own: true };
}

/** A small object in one go; where it is damaged or not here, and large ones, block by block. */
async function* content(context: HospitalContext, record: InstanceRecord, sessionKey: Uint8Array, get = heldBlocks(context, record.study)): AsyncGenerator<Uint8Array, void, undefined> {
  const opened = await openHeld(context, record, sessionKey);
  if (opened !== null) yield* opened;
  else yield* openObject(sessionKey, record, get, "own");
}

/** The Part 10 bytes of an instance for the agent itself to parse: not counted as handed out. */
export async function* instanceBytes(context: HospitalContext, record: InstanceRecord): AsyncGenerator<Uint8Array, void, undefined> {
  yield* content(context, record, await context.sessionKeys.of(studyOf(context, record)));
}
