import { createHash } from "node:crypto";
import type { CID } from "multiformats/cid";
import { cidOfRoot, isRaw, parseCid } from "../dag/block.ts";
import { decodeNode, type Get } from "../dag/node.ts";
import { unwrapSessionKey } from "../envelope/session-key.ts";
import { Fault, fault, isFault } from "../model/fault.ts";
import { type Digest, digest, type MemberId, type RequestId } from "../model/ids.ts";
import type { RequestView, StudyView } from "../model/ledger-views.ts";
import type { InstanceRecord, StudyRecord } from "../ports/catalogue.ts";
import { keyDigestOf } from "./answer-request.ts";
import type { HospitalContext } from "./context.ts";
import { copyVerdict } from "./copy-verdict.ts";
import { demandSpace } from "./demand-space.ts";
import { disputeReasons } from "./dispute-access.ts";
import { FetchReport } from "./fetch-report.ts";
import { bringRest, openPull } from "./fetch-tree.ts";
import { forgetForeignTree } from "./forget-blocks.ts";
import { goneFault } from "./gone.ts";
import type { Manifest } from "./manifest.ts";
import { replicaOrder } from "./place-replicas.ts";
import type { Pull } from "./pull/pull.ts";
import { type Planned, runAhead } from "./pull/run-ahead.ts";
import { readingAhead } from "./read-ahead.ts";
import { manifestOf } from "./read-manifest.ts";
import { Showing } from "./showing.ts";
import { contentIsWrong, readingOrder, verifyObjects } from "./verify-study.ts";
import { whenIndexed } from "./when-indexed.ts";

/** How often, and after how many milliseconds each, a key that is on chain and not handed over yet is asked for again within one attempt. */
const keyTurns = 40;
const keyTurnMs = 50;

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

function rowOf(context: HospitalContext, { request, study, wrapped }: Job, found: Manifest): StudyRecord {
  return {
    study: study.id,
    uid: found.uid,
    role: "holder",
    state: "fetching",
    custodian: study.custodian,
    wrappedKey: wrapped,
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

/** The custodian, and those whom it most probably asked to keep a copy: every agent computes the same order. The others are asked when these are not enough. */
function likelyHolders(context: HospitalContext, request: RequestView, root: Digest): { readonly first: MemberId[]; readonly rest: MemberId[] } {
  const others = replicaOrder(context, root).filter((one) => one !== request.custodian);
  const likely = Math.max(1, context.settings.replicas);
  return { first: [request.custodian, ...others.slice(0, likely)], rest: others.slice(likely) };
}

/** Instances an earlier attempt has verified of this very root. */
function knownInstances({ catalogue }: HospitalContext, study: StudyView): ReadonlyMap<string, InstanceRecord> {
  const before = catalogue.study(study.id);
  if (before?.state !== "fetching" || before.root !== study.root) return new Map();
  return new Map(catalogue.instances(study.id).map((one) => [one.uid, one]));
}

type Job = { readonly request: RequestView; readonly study: StudyView; readonly wrapped: Uint8Array; readonly sessionKey: Buffer; readonly report: FetchReport };

/** Reads the study from the stream while it arrives: manifest first, then object by object. Gives what was shown, and the number of objects. Everything is durable then. */
async function receive(context: HospitalContext, job: Job, pull: Pull): Promise<{ readonly showing: Showing; readonly objects: number }> {
  const { study, sessionKey, report } = job;
  const brought: Get = (cid) => pull.get(cid);
  const top = await pull.get(cidOfRoot(study.root));
  if (top === null) throw blocksMissing(study.id, pull);
  const node = decodeNode(cidOfRoot(study.root), top);
  const total = node.kind === "file" ? 0 : node.links.reduce((sum, link) => sum + (link.Tsize ?? 0), top.length);
  await demandSpace(context, total);
  report.set({ phase: "blocks", bytesTotal: total });
  const manifest = await manifestOf({ study: study.id, root: study.root, sessionKey, get: brought }).catch((error: unknown) => {
    throw isFault(error, "BLOCK_MISSING") || isFault(error, "OBJECT_MISSING") ? blocksMissing(study.id, pull) : error;
  });
  const known = knownInstances(context, study);
  const showing = new Showing(context, rowOf(context, job, manifest), manifest, () => pull.flush());
  const order = readingOrder(manifest);
  report.set({ phase: "verifying", objectsTotal: manifest.instances.length + manifest.series.length });
  const planned = plannedOf(order, known);
  // What our own Kubo keeps already is read there, in this order, and only what it turns out to lack is brought.
  const kept = (await context.blocks.keepsTree?.(cidOfRoot(study.root))) === true;
  const here = new Set<string>();
  const note = (cid: CID, bytes: number): void => {
    here.add(cid.toString());
    report.arrived(bytes, null);
  };
  const get = kept ? noting(readingAhead(context.blocks, toRead(planned), brought), note) : brought;
  const ahead = kept ? Promise.resolve() : runAhead(pull, planned);
  // Met below; until then it must not count as unhandled.
  ahead.catch(() => undefined);
  let objects = 0;
  for await (const found of verifyObjects({ study: study.id, root: study.root, sessionKey, get, work: context.work, manifest, known, missing: "pass" })) {
    if (found.kind === "series") showing.series(found.uid);
    else if (found.kind === "instance") await showing.instance(found.record);
    else {
      // What was kept for it is not read any more; whatever of it arrives goes to the disk.
      pull.forgetKept();
      continue;
    }
    report.set({ objectsDone: ++objects });
  }
  pull.forgetKept();
  await ahead;
  await bringRest(context, pull, study.id, study.root, here);
  await showing.settled();
  if (pull.missing().count > 0 || objects < manifest.instances.length + manifest.series.length) throw blocksMissing(study.id, pull);
  return { showing, objects };
}

/** As `get`; tells of every leaf that it gave. */
const noting =
  (get: Get, onLeaf: (cid: CID, bytes: number) => void): Get =>
  async (cid) => {
    const bytes = await get(cid);
    if (bytes !== null && isRaw(cid)) onLeaf(cid, bytes.length);
    return bytes;
  };

/** What is to come, in the order of reading. */
function* plannedOf(order: ReturnType<typeof readingOrder>, known: ReadonlyMap<string, InstanceRecord>): Generator<Planned, void, undefined> {
  for (const { series, instances } of order) {
    yield { cid: parseCid(series.object), size: series.objectSize, keep: true };
    for (const one of instances) yield { cid: parseCid(one.object), size: one.objectSize, keep: !known.has(one.uid) };
  }
}

function* toRead(planned: Iterable<Planned>): Generator<Planned, void, undefined> {
  for (const one of planned) if (one.keep) yield one;
}

const blocksMissing = (study: StudyView["id"], pull: Pull): Error => {
  const { count, cause } = pull.missing();
  return fault("STUDY_BLOCKS_MISSING", { study, missing: Math.max(count, 1) }, cause ?? undefined);
};

/** From the likeliest holders; what they have not, from everybody. */
async function receiveFromHolders(context: HospitalContext, job: Job, signal: AbortSignal): Promise<{ readonly showing: Showing; readonly objects: number }> {
  const { first, rest } = likelyHolders(context, job.request, job.study.root);
  const from = async (sources: readonly MemberId[]): ReturnType<typeof receive> => {
    const pull = openPull(context, { sources, access: job.request.id, signal, onArrival: (bytes, source) => job.report.arrived(bytes, source) });
    try {
      return await receive(context, job, pull);
    } finally {
      await pull.close();
    }
  };
  try {
    return await from(first);
  } catch (error) {
    if (rest.length === 0 || !isFault(error, "STUDY_BLOCKS_MISSING")) throw error;
    return await from(rest);
  }
}

/**
 * Brings a study granted to us here: wrapped key from the custodian, checked against the chain; blocks, verified one by one and resumable, from
 * whoever is fastest; every object opened and compared with the manifest while the rest is on its way, and readable from then on; acknowledged on
 * chain when all of it is right and durable; only then shown as whole. A wrong key or wrong content is disputed. Safe to repeat, also for a request
 * acknowledged in an earlier life whose copy is gone. Throws KEY_NOT_READY, KEY_WRONG, STUDY_BLOCKS_MISSING, FETCH_STOPPED when a person ended it,
 * OBJECT_DIGEST_MISMATCH and the other faults of content, the 410 faults when the consent ended meanwhile, PEER_ and LEDGER_ faults.
 */
export async function fetchStudy(context: HospitalContext, id: RequestId): Promise<void> {
  const { ledgerIndex } = context;
  const request = ledgerIndex.request(id);
  const study = request === null ? null : ledgerIndex.study(request.study);
  if (request === null || study === null) throw fault("REQUEST_UNKNOWN", { request: id });
  await context.fetches.run(id, (signal) => attempt(context, request, study, signal));
}

async function attempt(context: HospitalContext, request: RequestView, study: StudyView, signal: AbortSignal): Promise<void> {
  const { journal, clock, metrics, log, catalogue } = context;
  const { id } = request;
  const report = new FetchReport(context, { study: study.id, request: id, custodian: request.custodian });
  const started = clock.now();
  const run = journal.open("fetchStudy", `${id}:${study.version}`, { request: id, study: study.id, root: study.root });
  try {
    demandStanding(context, study.id);
    // Asked for in every attempt and kept nowhere but in the copy's own row: a dropped copy must leave no key behind.
    const wrapped = await collectKey(context, request);
    await run.step("key", async () => null);
    const sessionKey = await unwrap(context, request, wrapped);
    const { showing, objects } = await receiveFromHolders(context, { request, study, wrapped, sessionKey, report }, signal);
    demandStanding(context, study.id);
    await run.step("acknowledged", () => acknowledge(context, request, receiptOf(id, study.root, objects)).then(() => null));
    signal.throwIfAborted();
    const before = catalogue.study(study.id)?.root ?? null;
    showing.finish();
    run.done();
    if (before !== null && before !== study.root) await forgetForeignTree(context, study.id, before);
    report.set({ phase: "done", etaSeconds: null });
    metrics.observe("fiducial_flow_seconds", { flow: "fetchStudy" }, (clock.now() - started) / 1000);
    log.info("study fetched", { study: study.id, request: id, objects });
  } catch (error) {
    if (!isFault(error, "FETCH_STOPPED")) report.set({ phase: "failed", etaSeconds: null, error: error instanceof Fault ? error.code : "HTTP_INTERNAL" });
    const keyWrong = isFault(error, "KEY_WRONG");
    if (keyWrong || contentIsWrong(error)) {
      // First: nothing of a study that is wrong is read any longer, whatever becomes of the dispute.
      if (catalogue.study(study.id)?.state === "fetching") catalogue.dropStudy(study.id, "STUDY_WITHDRAWN");
      context.arrivals.end(study.id);
      await dispute(context, request, keyWrong ? disputeReasons.keyWrong : disputeReasons.contentWrong);
      run.failed(error instanceof Fault ? error.code : "HTTP_INTERNAL");
    }
    throw error;
  }
}
