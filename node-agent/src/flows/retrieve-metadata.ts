import type { DicomJson } from "../dicom/json.ts";
import type { Uid } from "../model/ids.ts";
import type { InstanceRecord, StudyRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";

export type MetadataQuery = {
  readonly study: StudyRecord;
  /** One series only. */
  readonly series?: Uid;
  /** One instance only. */
  readonly instance?: Uid;
  /** Address of a bulk value from its instance and path; see `retrieveBulkData`. */
  readonly bulkDataUri: (record: InstanceRecord, path: string) => string;
};

/** DICOM JSON of each instance, in order of arrival, full but for bulk data (PS3.18 section 10.4.1.1.2). Throws STUDY_GONE, OBJECT_MISSING. */
export declare function retrieveMetadata(context: HospitalContext, query: MetadataQuery): AsyncIterable<DicomJson>;
