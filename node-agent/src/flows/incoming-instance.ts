import { instanceAttributes } from "../dicom/attributes.ts";
import type { Identifiers } from "../dicom/identifiers.ts";
import { InstanceReader, type Part10 } from "../dicom/instance-reader.ts";
import { type DicomJson, toDicomJson } from "../dicom/json.ts";
import { defaultLimits } from "../dicom/limits.ts";
import { sealBuffer } from "../envelope/seal.ts";
import { buildFileOf } from "../dag/build-file.ts";
import { fault } from "../model/fault.ts";
import type { InstanceRecord, StudyRecord } from "../ports/catalogue.ts";
import type { BlockWriter } from "./block-writer.ts";
import type { HospitalContext } from "./context.ts";
import { GrowingObject } from "./growing-object.ts";
import { openStudy } from "./open-study.ts";
import type { Scratch } from "./scratch.ts";

/** Instances up to this many bytes are sealed in memory in one go; larger ones as they arrive. */
const inMemoryBytes = 8 << 20;
/** By this many bytes the identifiers have been read, or the elements in front of the pixels are too many: without them nothing can be sealed as it arrives. */
const unidentifiedBytes = inMemoryBytes + defaultLimits.headerBytes;

export type Incoming = { readonly part10: Part10; readonly study: StudyRecord; readonly record: Omit<InstanceRecord, "number">; readonly known: boolean };

type Expect = { readonly study: string | null; readonly isKnown: (uid: string) => boolean };

/** The patient module stands before the UIDs of study and series, so it is complete once those are. */
const earlyAttributes = (read: Pick<Part10, "dataset" | "header"> | null): DicomJson => (read === null ? {} : toDicomJson(read));

/**
 * One instance on its way in: parsed and digested as its bytes pass, sealed in memory when small and as it arrives when large.
 * An instance whose UID is stored already is only digested, to tell a repetition from a conflict.
 */
export class IncomingInstance {
  readonly #context: HospitalContext;
  readonly #writer: BlockWriter;
  readonly #expect: Expect;
  readonly #reader = new InstanceReader();
  /** The bytes so far while they are few and wanted; ours alone until this instance is finished. */
  #scratch: Scratch | null;
  #size = 0;
  #growing: { readonly object: GrowingObject; readonly study: StudyRecord } | null = null;

  constructor(context: HospitalContext, writer: BlockWriter, scratch: Scratch, expect: Expect) {
    this.#context = context;
    this.#writer = writer;
    this.#expect = expect;
    scratch.clear();
    this.#scratch = scratch;
  }

  partial(): Partial<Identifiers> {
    return this.#reader.partial();
  }

  /** Takes the next bytes. Throws DICOM_ faults, INSTANCE_TOO_LARGE, INSTANCE_OTHER_STUDY, STUDY_FOREIGN, STUDY_WITHDRAWN as soon as they are certain. */
  async push(piece: Uint8Array): Promise<void> {
    this.#size += piece.length;
    const { maxInstanceBytes } = this.#context.settings;
    if (this.#size > maxInstanceBytes) throw fault("INSTANCE_TOO_LARGE", { limit: maxInstanceBytes });
    this.#reader.push(piece);
    if (this.#growing !== null) await this.#writer.add(this.#growing.object.push(piece));
    else if (this.#scratch !== null) {
      this.#scratch.add(piece);
      if (this.#scratch.length > inMemoryBytes) await this.#grow(this.#scratch.bytes());
    }
  }

  /** The verdict at the end of the bytes; the blocks are with the writer, not yet flushed. Throws as `push`. */
  async finish(): Promise<Incoming> {
    const part10 = this.#reader.finish();
    const { identifiers, transferSyntax } = part10;
    this.#check(identifiers.study);
    const attributes = instanceAttributes(toDicomJson(part10), transferSyntax);
    const study = await openStudy(this.#context, identifiers.study, attributes);
    const base = { study: study.study, series: identifiers.series, uid: identifiers.sopInstance, transferSyntax, size: part10.size, datasetDigest: part10.digest, attributes };
    const { wrappedKey } = study;
    if (this.#expect.isKnown(identifiers.sopInstance) || wrappedKey === null)
      return { part10, study, known: true, record: { ...base, object: "", objectSize: 0, headerSize: 0 } };
    const sealed = await this.#seal(study, wrappedKey);
    return { part10, study, known: false, record: { ...base, ...sealed, headerSize: wrappedKey.length } };
  }

  async #seal(study: StudyRecord, prefix: Uint8Array): Promise<{ object: string; objectSize: number }> {
    if (this.#growing !== null) {
      if (this.#growing.study.study !== study.study) throw fault("INSTANCE_OTHER_STUDY", {});
      const made = await this.#growing.object.finish();
      await this.#writer.add(made.blocks);
      return { object: made.cid.toString(), objectSize: made.objectSize };
    }
    const sessionKey = await this.#context.sessionKeys.of(study);
    const sealed = sealBuffer({ sessionKey, prefix, plain: this.#scratch?.bytes() ?? Buffer.alloc(0) });
    const built = buildFileOf(sealed);
    this.#scratch = null;
    await this.#writer.add(built.blocks);
    return { object: built.cid.toString(), objectSize: sealed.length };
  }

  #check(study: string): void {
    if (this.#expect.study !== null && study !== this.#expect.study) throw fault("INSTANCE_OTHER_STUDY", {});
  }

  /** Goes over to sealing as bytes arrive, once the identifiers have been read: they stand far in front of the pixels. */
  async #grow(bytes: Buffer): Promise<void> {
    const { study: uid, sopInstance, series } = this.#reader.partial();
    if (uid === undefined || sopInstance === undefined || series === undefined) {
      if (bytes.length <= unidentifiedBytes) return;
      throw fault("DICOM_MISSING_UID", { attribute: uid === undefined ? "StudyInstanceUID" : sopInstance === undefined ? "SOPInstanceUID" : "SeriesInstanceUID" });
    }
    this.#check(uid);
    if (this.#expect.isKnown(sopInstance)) {
      this.#scratch = null;
      return;
    }
    const study = await openStudy(this.#context, uid, earlyAttributes(this.#reader.soFar()));
    if (study.wrappedKey === null) throw fault("STUDY_WITHDRAWN", { study: study.study });
    const object = new GrowingObject(await this.#context.sessionKeys.of(study), study.wrappedKey);
    this.#growing = { object, study };
    await this.#writer.add(object.push(bytes));
    this.#scratch = null;
  }
}
