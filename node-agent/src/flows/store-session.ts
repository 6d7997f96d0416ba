import type { CID } from "multiformats/cid";
import { walk } from "../dag/walk.ts";
import { parseCid } from "../dag/block.ts";
import type { InstanceAttributes } from "../dicom/attributes.ts";
import type { Identifiers } from "../dicom/identifiers.ts";
import { Fault, fault } from "../model/fault.ts";
import { giveBackWhole } from "../model/give-back.ts";
import type { StudyId, Uid } from "../model/ids.ts";
import type { InstanceRecord } from "../ports/catalogue.ts";
import { BlockWriter } from "./block-writer.ts";
import type { HospitalContext } from "./context.ts";
import { failureReason } from "./failure-reason.ts";
import { type Incoming, IncomingInstance } from "./incoming-instance.ts";
import { addressOfFirst } from "./open-study.ts";
import { Scratch } from "./scratch.ts";

/** What became of one offered instance. `identifiers` holds what could be read, for the STOW-RS response; never for logs. */
export type StoreOutcome =
  | { readonly outcome: "stored" | "present"; readonly study: StudyId; readonly identifiers: Identifiers }
  | { readonly outcome: "failed"; readonly fault: Fault; readonly failureReason: number; readonly identifiers: Partial<Identifiers> };

/** One upload. `offer` and `add` may be called for the next instance once the previous call has resolved. */
export type StoreSession = {
  /**
   * Reads one Part 10 instance to its end; it is parsed, encrypted and handed over for storing while the next one is read. The outcome follows, in order of the offers. Never throws for what
   * is wrong with the instance (that is an outcome); throws when `source` throws (a cut upload: nothing of this instance is kept) and for faults of the agent, also those of instances before.
   */
  offer(source: AsyncIterable<Uint8Array>): Promise<{ readonly outcome: Promise<StoreOutcome> }>;
  /** As `offer`, with the outcome. */
  add(source: AsyncIterable<Uint8Array>): Promise<StoreOutcome>;
  /**
   * Makes everything offered durable, blocks first, then the catalogue in one transaction, and returns the final outcomes in order of `add`
   * (a conflict with another upload that finished meanwhile shows only here). Only after it resolves may the sender be told 200 or 202.
   */
  commit(): Promise<readonly StoreOutcome[]>;
  /** Drops what was added and not committed. Safe to call after commit. */
  abandon(): Promise<void>;
};

/** What is remembered of an instance until commit: not its header, which may be megabytes. */
type Added = { readonly record: Incoming["record"]; readonly identifiers: Identifiers } | { readonly failed: StoreOutcome };

/** Faults of the instance itself, to be told in the response; all others are the agent's and end the upload. */
const instanceFault = (error: unknown): error is Fault =>
  error instanceof Fault && (error.code.startsWith("DICOM_") || error.code.startsWith("INSTANCE_") || error.code === "STUDY_FOREIGN" || error.code === "STUDY_WITHDRAWN" || error.code === "ENVELOPE_TOO_LARGE");

const failedOutcome = (error: Fault, identifiers: Partial<Identifiers>): StoreOutcome => ({ outcome: "failed", fault: error, failureReason: failureReason(error.code), identifiers });

/** Opens an upload; `study` restricts it to one Study Instance UID (STOW-RS with the study in the address). Throws STORAGE_LOW. */
export async function openStoreSession(context: HospitalContext, input: { readonly study?: Uid }): Promise<StoreSession> {
  const free = await context.blocks.freeBytes();
  if (free < context.settings.minFreeBytes) throw fault("STORAGE_LOW", { free, need: context.settings.minFreeBytes });
  return new Upload(context, input.study ?? null);
}

class Upload implements StoreSession {
  readonly #context: HospitalContext;
  readonly #study: Uid | null;
  readonly #writer: BlockWriter;
  readonly #scratch = new Scratch();
  readonly #added: Added[] = [];
  readonly #records = new Map<Uid, Omit<InstanceRecord, "number">>();
  #committed = false;
  /** The instances that have arrived, each finished after the one before. */
  #turn: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  constructor(context: HospitalContext, study: Uid | null) {
    this.#context = context;
    this.#study = study;
    // Nobody but the writer has what was sealed here.
    this.#writer = new BlockWriter(context.blocks, (batch) => {
      for (const { bytes } of batch) giveBackWhole(bytes);
    });
  }

  async add(source: AsyncIterable<Uint8Array>): Promise<StoreOutcome> {
    const { outcome } = await this.offer(source);
    return await outcome;
  }

  async offer(source: AsyncIterable<Uint8Array>): Promise<{ readonly outcome: Promise<StoreOutcome> }> {
    this.#check();
    const started = this.#context.clock.now();
    const isKnown = (uid: string): boolean => this.#records.has(uid as Uid) || this.#context.catalogue.instanceByUid(uid as Uid) !== null;
    const before = async (): Promise<void> => void (await this.#turn.catch(() => undefined));
    const incoming = new IncomingInstance(this.#context, this.#writer, this.#scratch, { study: this.#study, before, isKnown });
    let refused: Fault | null = null;
    for await (const piece of source) {
      // A refused instance is still read to its end: the next part begins behind it.
      if (refused !== null) continue;
      try {
        await incoming.push(piece);
      } catch (error) {
        if (!instanceFault(error)) throw error;
        refused = error;
      }
    }
    if (refused === null) await incoming.end();
    const outcome = this.#turn.then(() => this.#outcomeOf(incoming, refused, started));
    this.#turn = outcome.catch((error: unknown) => {
      incoming.drop();
      this.#failure ??= { error };
    });
    return { outcome };
  }

  async #outcomeOf(incoming: IncomingInstance, refused: Fault | null, started: number): Promise<StoreOutcome> {
    this.#check();
    const outcome = refused === null ? await this.#finish(incoming) : this.#refuse(refused, incoming);
    this.#context.metrics.count("fiducial_instances_stored_total", { outcome: outcome.outcome });
    this.#context.metrics.observe("fiducial_store_seconds", {}, (this.#context.clock.now() - started) / 1000);
    return outcome;
  }

  async commit(): Promise<readonly StoreOutcome[]> {
    await this.#turn;
    this.#check();
    await this.#writer.flush();
    const unused: string[] = [];
    const touched = new Set<StudyId>();
    const outcomes = this.#context.catalogue.transaction(() => this.#record(unused, touched));
    this.#committed = true;
    this.#context.wake.ring();
    if (unused.length > 0) await this.#forget(unused);
    for (const study of touched) this.#context.log.info("instances stored", { study, instances: this.#context.catalogue.study(study)?.instanceCount ?? 0 });
    return outcomes;
  }

  async abandon(): Promise<void> {
    if (this.#committed) return;
    // What has arrived and is not finished is dropped when its turn comes.
    this.#failure ??= { error: fault("STOW_CUT", {}) };
    await this.#turn;
    await this.#writer.settle();
    await this.#context.blocks.deleteMany(this.#writer.written());
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  #refuse(error: Fault, incoming: IncomingInstance): StoreOutcome {
    const failed = failedOutcome(error, incoming.partial());
    this.#added.push({ failed });
    this.#context.log.warn("instance refused", { code: error.code });
    return failed;
  }

  async #finish(instance: IncomingInstance): Promise<StoreOutcome> {
    let incoming: Incoming;
    try {
      incoming = await instance.finish();
    } catch (error) {
      if (!instanceFault(error)) throw error;
      return this.#refuse(error, instance);
    }
    const { record, study, identifiers } = incoming;
    const before = this.#records.get(record.uid) ?? this.#context.catalogue.instanceByUid(record.uid);
    if (before !== null && (before.datasetDigest !== record.datasetDigest || before.study !== record.study)) return this.#refuse(fault("INSTANCE_CONFLICT", {}), instance);
    this.#added.push({ record, identifiers });
    if (before === null) this.#records.set(record.uid, record);
    return { outcome: before === null ? "stored" : "present", study: study.study, identifiers };
  }

  /** Inside the catalogue's transaction: what another upload stored since `add` wins, and its repetition or conflict shows here. */
  #record(unused: string[], touched: Set<StudyId>): StoreOutcome[] {
    const { catalogue, tallies, metrics, clock } = this.#context;
    const outcomes: StoreOutcome[] = [];
    const fresh = new Map<StudyId, InstanceRecord[]>();
    const here = new Map<Uid, Omit<InstanceRecord, "number">>();
    for (const one of this.#added) {
      if ("failed" in one) {
        outcomes.push(one.failed);
        continue;
      }
      const { record, identifiers } = one;
      const study = catalogue.study(record.study);
      if (study === null || study.state === "withdrawn") {
        if (record.object !== "") unused.push(record.object);
        outcomes.push(failedOutcome(fault("STUDY_WITHDRAWN", { study: record.study }), identifiers));
        continue;
      }
      const before = here.get(record.uid) ?? catalogue.instanceByUid(record.uid);
      const same = before !== null && before.datasetDigest === record.datasetDigest && before.study === record.study;
      if (before !== null && record.object !== "") unused.push(record.object);
      if (before !== null && !same) {
        outcomes.push(failedOutcome(fault("INSTANCE_CONFLICT", {}), identifiers));
        continue;
      }
      outcomes.push({ outcome: same ? "present" : "stored", study: record.study, identifiers });
      if (same) continue;
      here.set(record.uid, record);
      const group = fresh.get(record.study) ?? [];
      group.push({ ...record, number: study.instanceCount + group.length + 1 });
      fresh.set(record.study, group);
      metrics.count("fiducial_store_bytes_total", {}, record.size);
    }
    for (const [study, group] of fresh) {
      const tally = tallies.add(catalogue, study, group.map((one) => one.attributes as InstanceAttributes));
      const record = catalogue.study(study);
      const first = record !== null && record.instanceCount === 0 ? { patient: addressOfFirst(this.#context, record, tally.row) } : {};
      catalogue.putInstances(group);
      catalogue.updateStudy(study, { state: "receiving", instanceCount: group.at(-1)?.number ?? 0, touchedAt: clock.now(), attributes: tally.row, ...first });
      tally.keep();
      touched.add(study);
    }
    return outcomes;
  }

  async #forget(objects: readonly string[]): Promise<void> {
    const gone: CID[] = [];
    for (const object of objects) for await (const cid of walk(parseCid(object), (one) => this.#context.blocks.get(one))) gone.push(cid);
    await this.#context.blocks.deleteMany(gone);
  }
}
