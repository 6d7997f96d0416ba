import type { CID } from "multiformats/cid";
import type { Fault } from "../model/fault.ts";
import type { Uid } from "../model/ids.ts";
import type { Block } from "./blocks.ts";
import type { InstanceRecord } from "./catalogue.ts";

/** What is kept of an instance that was read to its end: its place, its digest by `datasetDigestAlgorithm`, and the attributes that are searched (DICOM JSON). */
export type InstanceFacts = {
  readonly identifiers: { readonly sopClass: Uid; readonly sopInstance: Uid; readonly study: Uid; readonly series: Uid };
  readonly transferSyntax: string;
  /** Bytes of the Part 10 file. */
  readonly size: number;
  readonly digest: `0x${string}`;
  readonly attributes: InstanceRecord["attributes"];
};

/** An instance that was read and whose bytes wait to be sealed: one of `seal` and `drop` must follow. */
export type ReadInstance = {
  readonly facts: InstanceFacts;
  /** Seals the bytes with the study's key (32 bytes) behind the key packets of `prefix` and cuts them into blocks, whose memory is the caller's alone. */
  seal(sessionKey: Uint8Array, prefix: Uint8Array): Promise<{ readonly cid: CID; readonly objectSize: number; readonly blocks: readonly Block[] }>;
  /** Forgets the bytes. Safe to call after `seal`. */
  drop(): void;
};

/** An instance that is none, with what could be read of it. */
export type UnreadInstance = { readonly fault: Fault; readonly partial: Partial<InstanceFacts["identifiers"]> };

/**
 * The work on whole objects in memory that takes a processor's time: parsing, hashing, sealing, checking. Done aside, while the caller's thread receives and sends; one piece of work after
 * another, and no more of them waiting than memory allows. `bytes` handed over are gone for the caller. Keys are overwritten when their work is done. Everything throws OBJECT_WORK_LOST
 * when whoever does the work ended under it: nothing of it is kept then, and the next piece of work finds a new one.
 */
export type ObjectWork = {
  /** Reads one Part 10 instance (see `InstanceReader`). Resolves at once when there is room; `verdict` comes when it was read. */
  read(bytes: Uint8Array<ArrayBuffer>): Promise<{ readonly verdict: Promise<ReadInstance | UnreadInstance> }>;
  /** Opens a sealed instance that is one block, known to match its CID, and reads it. Throws the ENVELOPE_ and DICOM_ faults. */
  check(input: { readonly sessionKey: Uint8Array; readonly bytes: Uint8Array<ArrayBuffer> }): Promise<InstanceFacts>;
  /** Ends it; what is under way fails with OBJECT_WORK_LOST. */
  close(): Promise<void>;
};
