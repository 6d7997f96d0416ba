import type { InstanceAttributes } from "../dicom/attributes.ts";
import { fault } from "../model/fault.ts";
import type { Uid } from "../model/ids.ts";
import type { InstanceRecord, StudyRecord } from "../ports/catalogue.ts";
import type { HospitalContext } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { addToTally, emptyTally } from "./study-tally.ts";

/** Instances shown in one transaction, and milliseconds after which fewer are. */
const mostAtOnce = 64;
const longestMs = 300;

/**
 * Makes a study that is being fetched readable instance by instance, as they are found right and durable, and whole at the end. A copy that is shown
 * already (in an earlier version) stays as it is until the new one can replace it in one transaction.
 */
export class Showing {
  readonly #context: HospitalContext;
  readonly #row: StudyRecord;
  readonly #durable: () => Promise<void>;
  readonly #shownBefore: boolean;
  readonly #tally = emptyTally();
  /** All instances of a version that replaces another; empty otherwise. */
  readonly #replacing: InstanceRecord[] = [];
  #waiting: InstanceRecord[] = [];
  #metadata: Uid[] = [];
  #since: number;
  #publishing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  /** `durable` resolves when every block that has arrived is on the disk. Throws STUDY_UID_TAKEN. */
  constructor(context: HospitalContext, row: StudyRecord, manifest: Manifest, durable: () => Promise<void>) {
    this.#context = context;
    this.#row = row;
    this.#durable = durable;
    this.#since = context.clock.now();
    const { catalogue, arrivals } = context;
    const other = catalogue.studyByUid(row.uid);
    if (other !== null && other.study !== row.study && other.state !== "dropped") throw fault("STUDY_UID_TAKEN", { study: row.study });
    const before = catalogue.study(row.study);
    this.#shownBefore = before?.state === "held";
    if (this.#shownBefore) return;
    // What another root brought before a cut is of another version.
    if (before !== null && before.state === "fetching" && before.root !== row.root) catalogue.dropStudy(row.study, "STUDY_WITHDRAWN");
    catalogue.putStudy(row);
    arrivals.begin(row.study, manifest);
  }

  /** A series' metadata was found right. */
  series(uid: Uid): void {
    this.#metadata.push(uid);
  }

  /** An instance was found right; it is readable soon after. Throws what an earlier publication failed with. */
  async instance(record: InstanceRecord): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    addToTally(this.#tally, [record.attributes as InstanceAttributes]);
    if (this.#shownBefore) {
      this.#replacing.push(record);
      return;
    }
    this.#waiting.push(record);
    const due = this.#waiting.length >= mostAtOnce || this.#context.clock.now() - this.#since >= longestMs;
    if (due) this.#publish();
  }

  /** Everything found right so far is readable when it resolves. */
  async settled(): Promise<void> {
    this.#publish();
    await this.#publishing;
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** The whole study is here, durable and acknowledged: it is shown as whole. */
  finish(): void {
    const { catalogue, arrivals, sessionKeys, recent } = this.#context;
    const { study } = this.#row;
    catalogue.transaction(() => {
      // Another version may hold other instances under the same UIDs.
      if (this.#shownBefore) catalogue.dropStudy(study, "STUDY_WITHDRAWN");
      catalogue.putStudy({ ...this.#row, state: "held", attributes: this.#tally.row });
      if (this.#shownBefore) catalogue.putInstances(this.#replacing);
    });
    arrivals.end(study);
    sessionKeys.drop(study);
    recent.drop(study);
  }

  #publish(): void {
    const [records, metadata] = [this.#waiting, this.#metadata];
    this.#waiting = [];
    this.#metadata = [];
    this.#since = this.#context.clock.now();
    if (this.#shownBefore || (records.length === 0 && metadata.length === 0)) return;
    this.#publishing = this.#publishing
      .then(async () => {
        await this.#durable();
        const { catalogue, arrivals } = this.#context;
        const { study } = this.#row;
        // Dropped meanwhile (a consent ended, a person cancelled): nothing of it is shown any more.
        if (catalogue.study(study)?.state !== "fetching") return;
        if (records.length > 0) catalogue.transaction(() => catalogue.putInstances(records));
        for (const uid of metadata) arrivals.metadataHere(study, uid);
        for (const { series } of records) arrivals.instanceHere(study, series);
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      });
  }
}
