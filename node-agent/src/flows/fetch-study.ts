import { createHash } from "node:crypto";
import { unwrapSessionKey } from "../envelope/session-key.ts";
import { Fault, fault, isFault } from "../model/fault.ts";
import { type Digest, digest, type RequestId } from "../model/ids.ts";
import type { RequestView, StudyView } from "../model/ledger-views.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import { keyDigestOf } from "./answer-request.ts";
import type { HospitalContext } from "./context.ts";
import { copyVerdict } from "./copy-verdict.ts";
import { disputeReasons } from "./dispute-access.ts";
import { fetchTree } from "./fetch-tree.ts";
import { forgetForeignTree } from "./forget-blocks.ts";
import { studyBlocks } from "./get-block.ts";
import { goneFault } from "./gone.ts";
import { manifestOf } from "./read-manifest.ts";
import type { FetchProgress } from "./progress.ts";
import { contentIsWrong, type Verified, verifyStudy } from "./verify-study.ts";
import { whenIndexed } from "./when-indexed.ts";

/** How often, and after how many milliseconds each, a key that is on chain and not handed over yet is asked for again within one attempt. */
const keyTurns = 40;
const keyTurnMs = 50;

type Report = (change: Partial<FetchProgress>) => void;

function reporter(context: HospitalContext, request: RequestView): Report {
  const now = context.clock.now();
  let row: FetchProgress = {
    study: request.study,
    request: request.id,
    custodian: request.custodian,
    phase: "key",
    bytesDone: 0,
    bytesTotal: 0,
    objectsDone: 0,
    objectsTotal: 0,
    startedAt: now,
    updatedAt: now,
    error: null,
  };
  context.progress.set(row);
  return (change) => {
    row = { ...row, ...change, updatedAt: context.clock.now() };
    context.progress.set(row);
  };
}

/** The wrapped key, asked of the custodian and compared with the digest on chain. Throws KEY_NOT_READY, KEY_WRONG, PEER_ faults. */
async function collectKey(context: HospitalContext, request: RequestView): Promise<Uint8Array> {
  let key = await context.peers.releasedKey(request.custodian, request.id, context.signal);
  // Our index may be a block ahead of the custodian's, which hands over nothing before its own says so.
  for (let turn = 0; key === null && turn < keyTurns; turn++) {
    await context.clock.sleep(keyTurnMs, context.signal);
    key = await context.peers.releasedKey(request.custodian, request.id, context.signal);
  }
  if (key === null) throw fault("KEY_NOT_READY", { request: request.id });
  if (keyDigestOf(key) !== request.keyDigest) throw fault("KEY_WRONG", { request: request.id });
  return key;
}

async function unwrap(context: HospitalContext, request: RequestView, wrappedKey: Uint8Array): Promise<Buffer> {
  try {
    return await unwrapSessionKey(wrappedKey, context.keyring.identity.privateKey);
  } catch (error) {
    if (isFault(error, "ENVELOPE_WRONG_KEY") || isFault(error, "ENVELOPE_MALFORMED")) throw fault("KEY_WRONG", { request: request.id }, error);
    throw error;
  }
}

function rowOf(context: HospitalContext, request: RequestView, study: StudyView, wrappedKey: Uint8Array, found: Pick<Verified["manifest"], "uid" | "instances" | "attributes">): StudyRecord {
  return {
    study: study.id,
    uid: found.uid,
    role: "holder",
    state: "fetching",
    custodian: study.custodian,
    wrappedKey,
    version: study.version,
    root: study.root,
    instanceCount: found.instances.length,
    touchedAt: context.clock.now(),
    patient: null,
    request: request.id,
    keepUntil: request.emergency ? request.requestedAt * 1000 + context.settings.emergencyHoldMs : null,
    droppedBecause: null,
    attributes: found.attributes,
  };
}

/** Announces a study on its way, so that a reader is told to come back instead of that nothing is there. A copy that is already shown stays shown. */
function announce(context: HospitalContext, row: StudyRecord): void {
  const { catalogue } = context;
  const other = catalogue.studyByUid(row.uid);
  if (other !== null && other.study !== row.study && other.state !== "dropped") throw fault("STUDY_UID_TAKEN", { study: row.study });
  if (catalogue.study(row.study)?.state !== "held") catalogue.putStudy(row);
}

/** Makes the copy visible: the row and every instance in one transaction. */
function show(context: HospitalContext, row: StudyRecord, verified: Verified): void {
  const { catalogue } = context;
  catalogue.transaction(() => {
    const before = catalogue.study(row.study);
    // Another version may hold other instances under the same UIDs.
    if (before !== null && before.state !== "dropped") catalogue.dropStudy(row.study, "STUDY_WITHDRAWN");
    catalogue.putStudy({ ...row, state: "held", attributes: verified.attributes });
    catalogue.putInstances(verified.instances);
  });
  context.sessionKeys.drop(row.study);
  context.recent.drop(row.study);
}

/** Our statement of what was verified: digest over request, root and number of objects; says nothing about their content. */
const receiptOf = (request: RequestId, root: Digest, objects: number): Digest => digest(`0x${createHash("sha256").update(`${request}:${root}:${objects}`).digest("hex")}`);

async function acknowledge(context: HospitalContext, request: RequestView, receipt: Digest): Promise<void> {
  const now = context.ledgerIndex.request(request.id);
  if (now?.state !== "delivered") return;
  const done = await context.writer.submit(`acknowledge:${request.id}`, { kind: "acknowledgeAccess", request: request.id, receipt }, context.signal);
  await whenIndexed(context, done.block);
}

async function dispute(context: HospitalContext, request: RequestView, reason: number): Promise<void> {
  if (context.ledgerIndex.request(request.id)?.state !== "delivered") return;
  const done = await context.writer.submit(`dispute:${request.id}:${context.self.member}`, { kind: "disputeAccess", request: request.id, reason }, context.signal);
  await whenIndexed(context, done.block);
}

function demandStanding(context: HospitalContext, study: StudyView["id"]): void {
  const because = copyVerdict(context, { study, role: "holder" });
  if (because !== null) throw goneFault(study, because);
}

/**
 * Brings a study granted to us here: wrapped key from the custodian, checked against the chain; blocks, verified one by one and resumable;
 * every object opened and compared with the manifest; acknowledged on chain; only then visible. A wrong key or wrong content is disputed.
 * Safe to repeat, also for a request acknowledged in an earlier life whose copy is gone. Throws KEY_NOT_READY, KEY_WRONG, STUDY_BLOCKS_MISSING,
 * OBJECT_DIGEST_MISMATCH and the other faults of content, the 410 faults when the consent ended meanwhile, PEER_ and LEDGER_ faults.
 */
export async function fetchStudy(context: HospitalContext, id: RequestId): Promise<void> {
  const { ledgerIndex, journal, clock, metrics, log, catalogue } = context;
  const request = ledgerIndex.request(id);
  const study = request === null ? null : ledgerIndex.study(request.study);
  if (request === null || study === null) throw fault("REQUEST_UNKNOWN", { request: id });
  const report = reporter(context, request);
  const started = clock.now();
  const run = journal.open("fetchStudy", `${id}:${study.version}`, { request: id, study: study.id, root: study.root });
  try {
    demandStanding(context, study.id);
    // Asked for in every attempt and kept nowhere but in the copy's own row: a dropped copy must leave no key behind.
    const wrapped = await collectKey(context, request);
    await run.step("key", async () => null);
    const sessionKey = await unwrap(context, request, wrapped);
    report({ phase: "blocks" });
    const sources = [request.custodian, ...ledgerIndex.members().map((one) => one.id).filter((one) => one !== request.custodian && one !== context.self.member)];
    await fetchTree(context, { study: study.id, root: study.root, sources, onBytes: (bytesDone, bytesTotal) => report({ bytesDone, bytesTotal }) });
    report({ phase: "verifying" });
    const get = studyBlocks(context, study.id);
    announce(context, rowOf(context, request, study, wrapped, await manifestOf({ study: study.id, root: study.root, sessionKey, get })));
    const verified = await verifyStudy({ study: study.id, root: study.root, sessionKey, get, onObject: (objectsDone, objectsTotal) => report({ objectsDone, objectsTotal }) });
    demandStanding(context, study.id);
    const receipt = receiptOf(id, study.root, verified.instances.length + verified.manifest.series.length);
    await run.step("acknowledged", () => acknowledge(context, request, receipt).then(() => null));
    const before = catalogue.study(study.id)?.root ?? null;
    show(context, rowOf(context, request, study, wrapped, verified.manifest), verified);
    run.done();
    if (before !== null && before !== study.root) await forgetForeignTree(context, study.id, before);
    report({ phase: "done" });
    metrics.observe("fiducial_flow_seconds", { flow: "fetchStudy" }, (clock.now() - started) / 1000);
    log.info("study fetched", { study: study.id, request: id, instances: verified.instances.length });
  } catch (error) {
    report({ phase: "failed", error: error instanceof Fault ? error.code : "HTTP_INTERNAL" });
    const keyWrong = isFault(error, "KEY_WRONG");
    if (keyWrong || contentIsWrong(error)) {
      await dispute(context, request, keyWrong ? disputeReasons.keyWrong : disputeReasons.contentWrong);
      run.failed(error instanceof Fault ? error.code : "HTTP_INTERNAL");
      if (catalogue.study(study.id)?.state === "fetching") catalogue.dropStudy(study.id, "STUDY_WITHDRAWN");
    }
    throw error;
  }
}
