import { instanceAttributes } from "../dicom/attributes.ts";
import type { Identifiers } from "../dicom/identifiers.ts";
import { InstanceReader } from "../dicom/instance-reader.ts";
import { type DicomJson, toDicomJson } from "../dicom/json.ts";
import { defaultLimits } from "../dicom/limits.ts";
import { type Fault, fault } from "../model/fault.ts";
import { giveBack } from "../model/give-back.ts";
import type { InstanceRecord, StudyRecord } from "../ports/catalogue.ts";
import type { InstanceFacts, ReadInstance, UnreadInstance } from "../ports/object-work.ts";
import type { BlockWriter } from "./block-writer.ts";
import type { HospitalContext } from "./context.ts";
import { GrowingObject } from "./growing-object.ts";
import { openStudy } from "./open-study.ts";
import type { Scratch } from "./scratch.ts";

/** Instances up to this many bytes are read and sealed aside, in one go; larger ones here, as they arrive. */
const inMemoryBytes = 8 << 20;
/** By this many bytes the identifiers have been read, or the elements in front of the pixels are too many: without them nothing can be sealed as it arrives. */
const unidentifiedBytes = inMemoryBytes + defaultLimits.headerBytes;

export type Incoming = { readonly identifiers: Identifiers; readonly study: StudyRecord; readonly record: Omit<InstanceRecord, "number">; readonly known: boolean };

type Expect = {
  readonly study: string | null;
  /** Resolves when every instance before this one has had its verdict. */
  readonly before: () => Promise<void>;
  readonly isKnown: (uid: string) => boolean;
};

type Growing = { readonly object: GrowingObject; readonly study: StudyRecord };

/** Where the bytes are once all have arrived: with the work aside, or passed through a reader here. */
type Arrived = { readonly verdict: Promise<ReadInstance | UnreadInstance> } | { readonly reader: InstanceReader };

/**
 * One instance on its way in. A small one is collected and handed over to be parsed, digested and sealed aside; a large one is parsed and sealed here as its bytes pass.
 * An instance whose UID is stored already is only digested, to tell a repetition from a conflict.
 */
export class IncomingInstance {
  readonly #context: HospitalContext;
  readonly #writer: BlockWriter;
  readonly #expect: Expect;
  readonly #scratch: Scratch;
  /** Whether the bytes are still collected; false once they are sealed as they come, or known already. */
  #collecting = true;
  #reader: InstanceReader | null = null;
  #growing: Growing | null = null;
  #arrived: Arrived | null = null;
  #partial: Partial<Identifiers> = {};
  #size = 0;

  constructor(context: HospitalContext, writer: BlockWriter, scratch: Scratch, expect: Expect) {
    this.#context = context;
    this.#writer = writer;
    this.#expect = expect;
    scratch.clear();
    this.#scratch = scratch;
  }

  /** What could be read of an instance that is refused. */
  partial(): Partial<Identifiers> {
    return this.#reader?.partial() ?? this.#partial;
  }

  /** Takes the next bytes. Throws DICOM_ faults, INSTANCE_TOO_LARGE, INSTANCE_OTHER_STUDY, STUDY_FOREIGN, STUDY_WITHDRAWN as soon as they are certain. */
  async push(piece: Uint8Array): Promise<void> {
    this.#size += piece.length;
    const { maxInstanceBytes } = this.#context.settings;
    if (this.#size > maxInstanceBytes) throw fault("INSTANCE_TOO_LARGE", { limit: maxInstanceBytes });
    this.#reader?.push(piece);
    if (this.#growing !== null) await this.#writer.add(this.#growing.object.push(piece));
    if (!this.#collecting) return;
    this.#scratch.add(piece);
    if (this.#scratch.length > inMemoryBytes) await this.#grow();
  }

  /** All bytes have arrived: hands a small instance over. Resolves when the next instance may come. */
  async end(): Promise<void> {
    this.#arrived = this.#collecting || this.#reader === null ? await this.#context.work.read(this.#scratch.take()) : { reader: this.#reader };
  }

  /** The verdict; the blocks are with the writer, not yet flushed. Throws as `push`. */
  async finish(): Promise<Incoming> {
    if (this.#arrived === null) throw new Error("an instance is finished after its end");
    if ("reader" in this.#arrived) return await this.#finishHere(this.#arrived.reader);
    const verdict = await this.#arrived.verdict;
    if ("fault" in verdict) throw this.#unread(verdict);
    try {
      return await this.#finishAside(verdict);
    } finally {
      verdict.drop();
    }
  }

  /** Lets go of what was handed over and will not be finished. */
  drop(): void {
    if (this.#arrived !== null && "verdict" in this.#arrived) this.#arrived.verdict.then((one) => ("drop" in one ? one.drop() : undefined), () => undefined);
  }

  #unread({ fault: reason, partial }: UnreadInstance): Fault {
    this.#partial = partial;
    return reason;
  }

  async #finishAside({ facts, seal }: ReadInstance): Promise<Incoming> {
    this.#partial = facts.identifiers;
    const { study, wrappedKey, incoming } = await this.#place(facts);
    if (wrappedKey === null) return incoming("", 0, 0);
    const made = await seal(await this.#context.sessionKeys.of(study), wrappedKey);
    await this.#writer.add(made.blocks);
    return incoming(made.cid.toString(), made.objectSize, wrappedKey.length);
  }

  async #finishHere(reader: InstanceReader): Promise<Incoming> {
    const part10 = reader.finish();
    const { transferSyntax } = part10;
    const { study, wrappedKey, incoming } = await this.#place({ ...part10, attributes: instanceAttributes(toDicomJson(part10), transferSyntax) });
    if (wrappedKey === null || this.#growing === null) return incoming("", 0, 0);
    if (this.#growing.study.study !== study.study) throw fault("INSTANCE_OTHER_STUDY", {});
    const made = await this.#growing.object.finish();
    await this.#writer.add(made.blocks);
    return incoming(made.cid.toString(), made.objectSize, wrappedKey.length);
  }

  /** The study an instance belongs to, and with `wrappedKey` null that it is there already. */
  async #place(facts: InstanceFacts) {
    const { identifiers, transferSyntax, size, digest, attributes } = facts;
    this.#check(identifiers.study);
    const study = await openStudy(this.#context, identifiers.study, attributes as DicomJson);
    const known = this.#expect.isKnown(identifiers.sopInstance) || study.wrappedKey === null;
    const base = { study: study.study, series: identifiers.series, uid: identifiers.sopInstance, transferSyntax, size, datasetDigest: digest, attributes };
    const incoming = (object: string, objectSize: number, headerSize: number): Incoming => ({ identifiers, study, known, record: { ...base, object, objectSize, headerSize } });
    return { study, wrappedKey: known ? null : study.wrappedKey, incoming };
  }

  #check(study: string): void {
    if (this.#expect.study !== null && study !== this.#expect.study) throw fault("INSTANCE_OTHER_STUDY", {});
  }

  /** Goes over to reading here, and to sealing as bytes arrive once the identifiers have been read: they stand far in front of the pixels. */
  async #grow(): Promise<void> {
    const bytes = this.#scratch.bytes();
    if (this.#reader === null) {
      this.#reader = new InstanceReader();
      this.#reader.push(bytes);
    }
    const { study: uid, sopInstance, series } = this.#reader.partial();
    if (uid === undefined || sopInstance === undefined || series === undefined) {
      if (bytes.length <= unidentifiedBytes) return;
      throw fault("DICOM_MISSING_UID", { attribute: uid === undefined ? "StudyInstanceUID" : sopInstance === undefined ? "SOPInstanceUID" : "SeriesInstanceUID" });
    }
    this.#check(uid);
    await this.#expect.before();
    this.#collecting = false;
    if (this.#expect.isKnown(sopInstance)) return;
    // The patient module stands before the UIDs of study and series, so it is complete once those are.
    const read = this.#reader.soFar();
    const study = await openStudy(this.#context, uid, read === null ? {} : toDicomJson(read));
    if (study.wrappedKey === null) throw fault("STUDY_WITHDRAWN", { study: study.study });
    const object = new GrowingObject(await this.#context.sessionKeys.of(study), study.wrappedKey);
    this.#growing = { object, study };
    await this.#writer.add(object.push(bytes));
    giveBack(this.#scratch.take());
  }
}
