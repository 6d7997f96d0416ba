import type { InstanceRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import type { Retrieved } from "./retrieve-instance.ts";

/** Frames in the stored transfer syntax; `frames` counts from 1. Throws DICOM_BAD_FRAME_LIST, DICOM_FRAME_NOT_FOUND, DICOM_NO_PIXEL_DATA, DICOM_FRAMES_UNLOCATABLE before giving any byte. */
export declare function retrieveFrames(context: HospitalContext, record: InstanceRecord, frames: readonly number[]): Promise<readonly Retrieved[]>;

/** The value at a bulk data path (as in a BulkDataURI: tags and item numbers, `00081140/1/00420011`). Throws INSTANCE_UNKNOWN when there is none. */
export declare function retrieveBulkData(context: HospitalContext, record: InstanceRecord, path: string): Promise<Retrieved>;
