import { inflateRawSync } from "node:zlib";
import type { Range } from "../dicom/element.ts";
import { frameRanges } from "../dicom/frames.ts";
import type { Part10 } from "../dicom/instance-reader.ts";
import { bulkRange } from "../dicom/json.ts";
import { defaultLimits } from "../dicom/limits.ts";
import { fault } from "../model/fault.ts";
import type { InstanceRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import { instanceBytes, instanceRanges, type Retrieved } from "./retrieve-instance.ts";
import { parseStored } from "./retrieve-metadata.ts";

/** Gives a part of the instance by its ranges. */
type Cut = (ranges: readonly Range[]) => AsyncIterable<Uint8Array>;

/** Ranges of a deflated instance count from the inflated data set, which has no random access: it is inflated once for the call. */
async function cutter(context: HospitalContext, record: InstanceRecord, part10: Part10): Promise<Cut> {
  if (!part10.deflated) {
    const reader = await instanceRanges(context, record);
    return async function* cut(ranges) {
      for (const { offset, length } of ranges) yield* reader.range(offset, offset + length);
    };
  }
  const parts: Uint8Array[] = [];
  for await (const piece of instanceBytes(context, record)) parts.push(piece);
  const inflated = inflateRawSync(Buffer.concat(parts).subarray(part10.datasetOffset), { maxOutputLength: defaultLimits.inflatedBytes });
  return async function* cut(ranges) {
    for (const { offset, length } of ranges) yield inflated.subarray(offset, offset + length);
  };
}

const sizeOf = (ranges: readonly Range[]): number => ranges.reduce((sum, range) => sum + range.length, 0);
const parsed = (context: HospitalContext, record: InstanceRecord): Promise<Part10> => context.recent.get(record.study, record.uid, () => parseStored(context, record));

/** Frames in the stored transfer syntax; `frames` counts from 1. Throws DICOM_BAD_FRAME_LIST, DICOM_FRAME_NOT_FOUND, DICOM_NO_PIXEL_DATA, DICOM_FRAMES_UNLOCATABLE before giving any byte. */
export async function retrieveFrames(context: HospitalContext, record: InstanceRecord, frames: readonly number[]): Promise<readonly Retrieved[]> {
  const part10 = await parsed(context, record);
  const ranges = frameRanges(part10, frames);
  const cut = await cutter(context, record, part10);
  return ranges.map((one) => ({ size: sizeOf(one), stream: cut(one), own: false }));
}

/** The value at a bulk data path (as in a BulkDataURI: tags and item numbers, `00081140/1/00420011`). Throws INSTANCE_UNKNOWN when there is none. */
export async function retrieveBulkData(context: HospitalContext, record: InstanceRecord, path: string): Promise<Retrieved> {
  const part10 = await parsed(context, record);
  const range = bulkRange(part10, path);
  if (range === null) throw fault("INSTANCE_UNKNOWN", {});
  const cut = await cutter(context, record, part10);
  return { size: range.length, stream: cut([range]), own: false };
}
