import { fault, isFault } from "../model/fault.ts";
import { digest, type Digest, type MemberId, type StudyId } from "../model/ids.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import type { JournalRun } from "../ports/journal.ts";
import { buildRoot, buildSeries, type SeriesObject } from "./build-root.ts";
import type { HospitalContext } from "./context.ts";
import { forgetTree } from "./forget-blocks.ts";
import { withOwnAddress } from "./open-study.ts";
import { askForCopies, importStudy } from "./place-in-cluster.ts";
import { placeReplicas } from "./place-replicas.ts";
import { retireReplicas } from "./retire-replicas.ts";
import { ownStudy } from "./seal-study.ts";
import { whenIndexed } from "./when-indexed.ts";

export type Shared = { readonly study: StudyId; readonly root: Digest; readonly version: number };
type Registered = { readonly block: number; readonly version: number };

/** A state of the study moves on only while nothing arrived meanwhile: a late instance sends it back to `receiving`, and another run makes the next version. */
function advance(context: HospitalContext, study: StudyId, instances: number, change: Partial<Omit<StudyRecord, "study" | "uid" | "state">>, state: StudyRecord["state"]): void {
  context.catalogue.transaction(() => {
    const now = context.catalogue.study(study);
    if (now === null || now.state === "withdrawn") throw fault("STUDY_WITHDRAWN", { study });
    context.catalogue.updateStudy(study, now.instanceCount === instances ? { ...change, state } : change);
  });
}

/** Writes the root to the chain: `register` at first, `supersede` after. A root the chain has already (a crash after mining) is taken as done. */
async function register(context: HospitalContext, study: StudyRecord, root: Digest): Promise<Registered> {
  const { writer, reader, signal } = context;
  const before = await reader.study(study.study);
  if (before?.root === root) return { block: 0, version: before.version };
  if (before === null) {
    if (study.patient === null) throw fault("STUDY_UNKNOWN", { study: study.study });
    const receipt = await writer.submit(`register:${study.study}`, { kind: "registerStudy", study: study.study, patient: study.patient, root }, signal);
    return { block: receipt.block, version: 1 };
  }
  const intent = { kind: "supersedeStudy", study: study.study, expectedVersion: before.version, root } as const;
  const receipt = await writer.submit(`supersede:${study.study}:${before.version}:${root}`, intent, signal);
  return { block: receipt.block, version: before.version + 1 };
}

/**
 * Copies and registration. With agents keeping copies for one another, first the copies, then the chain. With the cluster, both at once as soon as our own Kubo has
 * the study whole and enough peers were found for the copies: the chain takes a block period, and so does the transfer. Either way the study counts as registered
 * here, and is shown and told of as such, only when both are done.
 */
async function placeAndRegister(context: HospitalContext, run: JournalRun, study: StudyRecord, root: Digest, pinned: () => void): Promise<Registered> {
  const { cluster, signal } = context;
  const place = () => run.step<MemberId[]>("pinned", () => placeReplicas(context, study.study, root));
  const write = () => run.step<Registered>("registered", () => register(context, study, root));
  if (cluster === null) {
    await place();
    pinned();
    return await write();
  }
  await importStudy(context, cluster, root, signal);
  await askForCopies(context, cluster, root, signal);
  const [placed, registered] = await Promise.allSettled([place().then(pinned), write()]);
  if (registered.status === "rejected") throw registered.reason;
  if (placed.status === "rejected") throw placed.reason;
  return registered.value;
}

/** Replicas of the root before this one are told that they may forget it, and our own copies of its directories and manifest go. */
async function retire(context: HospitalContext, study: StudyId, old: Digest, root: Digest): Promise<void> {
  await retireReplicas(context, study, root, old);
  await forgetTree(context, study, old);
}

/**
 * Shares a settled study of ours: series metadata -> root -> replicas -> chain, each step recorded after its effect and safe to repeat, so that a
 * crash between any two costs nothing but time. The run is of exactly the instances present at its start. Throws REPLICAS_UNREACHABLE (tried
 * again later; the study stays `rooted`), LEDGER_ faults, STUDY_NOT_OURS, STUDY_WITHDRAWN.
 */
export async function shareStudy(context: HospitalContext, id: StudyId): Promise<Shared> {
  const { catalogue, journal, log, metrics, clock } = context;
  const started = clock.now();
  const study = withOwnAddress(context, ownStudy(context, id));
  const instances = catalogue.instances(id);
  if (instances.length === 0) throw fault("STUDY_EMPTY", { study: id });
  const version = study.version + 1;
  const run = journal.open("shareStudy", `${id}:${version}:${instances.length}`, { study: id, version, instances: instances.length });
  try {
    const series = await run.step<SeriesObject[]>("series", () => buildSeries(context, study, instances));
    const root = digest(await run.step<string>("root", () => buildRoot(context, study, version, instances, series)));
    advance(context, id, instances.length, {}, "rooted");
    const registered = await placeAndRegister(context, run, study, root, () => advance(context, id, instances.length, {}, "pinned"));
    advance(context, id, instances.length, { root, version: registered.version }, "registered");
    if (study.root !== null && study.root !== root) await run.step("retired", () => retire(context, id, study.root as Digest, root).then(() => null));
    run.done();
    await whenIndexed(context, registered.block);
    metrics.observe("fiducial_flow_seconds", { flow: "shareStudy" }, (clock.now() - started) / 1000);
    log.info("study registered", { study: id, version: registered.version, instances: instances.length });
    return { study: id, root, version: registered.version };
  } catch (error) {
    if (isFault(error, "STUDY_WITHDRAWN")) run.failed(error.code);
    throw error;
  }
}
