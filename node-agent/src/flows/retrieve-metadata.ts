import { textOf } from "../dicom/attributes.ts";
import { InstanceReader, type Part10 } from "../dicom/instance-reader.ts";
import { type DicomJson, toDicomJson } from "../dicom/json.ts";
import { giveBack } from "../model/give-back.ts";
import type { Uid } from "../model/ids.ts";
import type { InstanceRecord, StudyRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import { heldBlocks } from "./get-block.ts";
import type { Manifest } from "./manifest.ts";
import { openObject } from "./open-object.ts";
import { manifestOf } from "./read-manifest.ts";
import { instanceBytes } from "./retrieve-instance.ts";
import { readSeriesLines, withBulkAddresses } from "./series-lines.ts";

export type MetadataQuery = {
  readonly study: StudyRecord;
  /** One series only. */
  readonly series?: Uid;
  /** One instance only. */
  readonly instance?: Uid;
  /** Address of a bulk value from its instance and path; see `retrieveBulkData`. */
  readonly bulkDataUri: (record: InstanceRecord, path: string) => string;
};

/** Parses a stored instance anew. Throws OBJECT_MISSING, the ENVELOPE_ faults. */
export async function parseStored(context: HospitalContext, record: InstanceRecord): Promise<Part10> {
  const reader = new InstanceReader();
  for await (const piece of instanceBytes(context, record)) {
    reader.push(piece);
    giveBack(piece);
  }
  return reader.finish();
}

/** Bulk values are named by their path; whoever serves the metadata puts its own address in front. */
export const storedJson = (part10: Part10): DicomJson => toDicomJson(part10, { bulkDataUri: (path) => path });

/**
 * DICOM JSON of each instance, full but for bulk data (PS3.18 section 10.4.1.1.2): from the sealed series metadata where the study's root
 * has it, from the instances themselves for what arrived since. Throws STUDY_GONE, OBJECT_MISSING.
 */
export async function* retrieveMetadata(context: HospitalContext, query: MetadataQuery): AsyncGenerator<DicomJson, void, undefined> {
  const { study, instance } = query;
  const records = context.catalogue.instances(study.study, query.series).filter((one) => instance === undefined || one.uid === instance);
  const wanted = new Map(records.map((one) => [one.uid, one]));
  const present = (record: InstanceRecord, json: DicomJson): DicomJson => withBulkAddresses(json, (path) => query.bulkDataUri(record, path));
  if (study.root !== null && instance === undefined) {
    const sessionKey = await context.sessionKeys.of(study);
    const get = heldBlocks(context, study.study);
    const manifest: Manifest = await manifestOf({ study: study.study, root: study.root, sessionKey, get });
    for (const series of manifest.series) {
      if (query.series !== undefined && series.uid !== query.series) continue;
      for await (const json of readSeriesLines(openObject(sessionKey, series, get))) {
        const record = wanted.get(textOf(json, "00080018") as Uid);
        if (record === undefined) continue;
        wanted.delete(record.uid);
        yield present(record, json);
      }
    }
  }
  for (const record of wanted.values()) yield present(record, storedJson(await parseStored(context, record)));
}
