import type { InstanceRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";

/** Half-open range of the Part 10 file in bytes. */
export type ByteRange = { readonly start: number; readonly end: number };
/** `size` is the number of bytes `stream` gives; every piece is authenticated before it is given. */
export type Retrieved = { readonly size: number; readonly stream: AsyncIterable<Uint8Array> };

/**
 * The Part 10 bytes of an instance exactly as received, or a range of them, decrypted on the way out and only as fast as they are read.
 * Throws STUDY_GONE; the stream throws OBJECT_MISSING and the ENVELOPE_ faults.
 */
export declare function retrieveInstance(context: HospitalContext, record: InstanceRecord, range?: ByteRange): Promise<Retrieved>;
