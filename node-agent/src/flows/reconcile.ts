import { Fault } from "../model/fault.ts";
import type { RequestView, StudyView } from "../model/ledger-views.ts";
import { erasedReason } from "../model/withdrawal.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import { answerRequest, mayAnswer } from "./answer-request.ts";
import { approvedAttestations, finishAttestation } from "./attest-consent.ts";
import type { HospitalContext } from "./context.ts";
import { copyVerdict, requestVerdict } from "./copy-verdict.ts";
import { dropHeld } from "./drop-held.ts";
import { heldBack, isHeldBack } from "./fetch-control.ts";
import { fetchStudy } from "./fetch-study.ts";
import { goneReasons } from "./gone.ts";
import { unfinishedErasures } from "./erase-study.ts";
import { dropReplica } from "./keep-replica.ts";
import { placeReplicas } from "./place-replicas.ts";
import { enrolmentsDigest, hasPlaced, nobody, placeEnrolments, recoverEnrolments } from "./enrolment-register.ts";
import { recoverStudy } from "./recover-study.ts";
import { requestAccess } from "./request-access.ts";
import { retireReplicas } from "./retire-replicas.ts";
import { shareStudy } from "./share-study.ts";
import { withdrawStudy } from "./withdraw-study.ts";
import { whenIndexed } from "./when-indexed.ts";

const idleMs = 1000;
/** Least time between two passes: many bells in a row cost one pass, and a loop of finished flows never keeps the listeners from the processor. */
const breathMs = 5;
const replicaCheckMs = 600_000;

/** Remembers across passes what need not be looked at in every one. */
type Memory = {
  replicasSweptAt: number;
  readonly replicasCheckedAt: Map<string, number>;
  readonly asked: Set<string>;
  /** Withdrawn studies whose blocks nobody had in this life, and studies that became one with another. */
  readonly settled: Set<string>;
};

function start(context: HospitalContext, flow: string, key: string, work: () => Promise<unknown>, urgent = false): void {
  context.attempts.start(flow, key, work, (error) => {
    context.wake.ring();
    if (error === null || context.signal.aborted) return;
    context.metrics.count("fiducial_flow_failures_total", { flow, code: error instanceof Fault ? error.code : "unexpected" });
    context.log.warn("flow failed and is tried again", { flow, key }, error);
  }, urgent);
}

/** Own studies: settled when nothing arrived for the settle time, shared until they are registered. */
function shareDue(context: HospitalContext): void {
  const { catalogue, clock, settings } = context;
  for (const study of catalogue.studies({ states: ["receiving", "settled", "rooted", "pinned"], role: "custodian" })) {
    if (study.instanceCount === 0) continue;
    if (study.state === "receiving") {
      if (study.touchedAt + settings.settleMs > clock.now()) continue;
      catalogue.updateStudy(study.study, { state: "settled" });
    }
    start(context, "shareStudy", study.study, () => shareStudy(context, study.study));
  }
}

/** Copies whose ground is gone go, on every pass, also those that only the clock ended. */
function dropDue(context: HospitalContext): void {
  for (const record of context.catalogue.studies({ states: ["held", "fetching"], role: "holder" })) {
    const because = copyVerdict(context, record);
    if (because !== null) start(context, "dropHeld", record.study, () => dropHeld(context, record.study, because));
  }
}

function answerDue(context: HospitalContext): void {
  const { ledgerIndex, self } = context;
  for (const request of ledgerIndex.requests({ custodian: self.member, states: ["granted"] })) {
    if (mayAnswer(context, request)) start(context, "answerRequest", request.id, () => answerRequest(context, request.id));
  }
}

/** Whether this very request still carries a copy that is not here, or not in the version the chain names. */
function wantsFetch(context: HospitalContext, request: RequestView): boolean {
  const record = context.catalogue.study(request.study);
  const view = context.ledgerIndex.study(request.study);
  if (view?.status !== "active" || record?.role === "custodian" || requestVerdict(context, request) !== null) return false;
  return request.state === "delivered" || record?.state !== "held" || record.root !== view.root;
}

/** A key that the custodian no longer keeps cannot be handed over twice: a consent that stands is simply asked about again. */
async function fetchOrAskAnew(context: HospitalContext, memory: Memory, request: RequestView): Promise<void> {
  try {
    await fetchStudy(context, request.id);
  } catch (error) {
    // A person ended it, or its ground is gone: either is known already and nothing to try again.
    if (isHeldBack(error) || (error instanceof Fault && goneReasons.some((code) => code === error.code))) return;
    const lost = error instanceof Fault && error.code === "PEER_REFUSED" && "peerCode" in error.details && error.details.peerCode === "KEY_RELEASE_LOST";
    if (lost && !request.emergency && !memory.asked.has(request.id)) {
      memory.asked.add(request.id);
      await requestAccess(context, { study: request.study, purpose: request.purpose });
    }
    throw error;
  }
}

function fetchDue(context: HospitalContext, memory: Memory): void {
  const { ledgerIndex, self, clock, writer, signal } = context;
  const seen = new Set<string>();
  const back = heldBack(context);
  const wanted = ledgerIndex.requests({ requester: self.member, states: ["delivered", "acknowledged"] });
  // Emergencies first, and at once: they wait for no other fetch.
  for (const request of [...wanted.filter((one) => one.emergency), ...wanted.filter((one) => !one.emergency)]) {
    if (request.state === "acknowledged" && seen.has(request.study)) continue;
    if (back.has(request.id) || !wantsFetch(context, request)) continue;
    seen.add(request.study);
    start(context, "fetchStudy", request.id, () => fetchOrAskAnew(context, memory, request), request.emergency);
  }
  for (const request of ledgerIndex.requests({ requester: self.member, states: ["granted"] })) {
    if (request.dueBy * 1000 >= clock.now()) continue;
    start(context, "expireRequest", request.id, async () => {
      const { block } = await writer.submit(`expire:${request.id}`, { kind: "expireRequest", request: request.id }, signal);
      await whenIndexed(context, block);
    });
  }
}

/** What was erased must not come back, from wherever a copy could still be had. */
function wasErased({ ledgerIndex }: HospitalContext, study: StudyView["id"]): boolean {
  const { events } = ledgerIndex.history({ study, kinds: ["StudyWithdrawn"], limit: 1 });
  return events.some((event) => event.kind === "StudyWithdrawn" && event.reason === erasedReason);
}

/** A withdrawn study may be gone everywhere, and that is in order: it is looked for once in each life. */
async function recoverOrSettle(context: HospitalContext, memory: Memory, view: StudyView): Promise<void> {
  if (view.status === "withdrawn" && wasErased(context, view.id)) {
    memory.settled.add(view.id);
    return;
  }
  try {
    await recoverStudy(context, view.id);
    memory.settled.add(view.id);
  } catch (error) {
    if (view.status === "active" || !(error instanceof Fault) || error.code !== "STUDY_BLOCKS_MISSING") throw error;
    memory.settled.add(view.id);
    context.log.info("a withdrawn study is kept by nobody any more", { study: view.id });
  }
}

const enrolmentLookMs = 5000;

/** Enrolments that no study has carried to other members yet are kept there in a register of their own; after a lost disk that is looked for before a new one is placed. */
function enrolmentsDue(context: HospitalContext): void {
  const { clock, settings, enrolments } = context;
  if (settings.replicas < 2 || clock.now() < enrolments.lookedAt + enrolmentLookMs) return;
  enrolments.lookedAt = clock.now();
  if (!enrolments.recovered && !hasPlaced(context)) {
    start(context, "recoverEnrolments", "register", async () => {
      await recoverEnrolments(context);
      enrolments.recovered = true;
      enrolments.lookedAt = 0;
    });
    return;
  }
  const now = enrolmentsDigest(context);
  if (now === enrolments.digest || (now === nobody && enrolments.digest === null)) return;
  start(context, "placeEnrolments", "register", async () => {
    await placeEnrolments(context);
    enrolments.digest = now;
  });
}

function recoverDue(context: HospitalContext, memory: Memory): void {
  const { ledgerIndex, catalogue, self } = context;
  for (const view of ledgerIndex.studies({ custodian: self.member })) {
    const record = catalogue.study(view.id);
    if (record === null) {
      if (!memory.settled.has(view.id)) start(context, "recoverStudy", view.id, () => recoverOrSettle(context, memory, view));
    } else if (view.status === "withdrawn" && record.state !== "withdrawn" && record.state !== "dropped") catalogue.updateStudy(view.id, { state: "withdrawn" });
    // Withdrawn while its registration was on the way: there was nothing to withdraw on the chain then, and there is now.
    else if (view.status === "active" && record.state === "withdrawn" && record.version === 0)
      start(context, "withdrawStudy", view.id, () => withdrawStudy(context, { study: view.id, reason: 0 }));
  }
}

/** What is kept here for others goes when its custodian has withdrawn the study on the chain, whether or not its word has reached us. */
function dropReplicasDue(context: HospitalContext, memory: Memory): void {
  const { catalogue, ledgerIndex, self, clock } = context;
  if (memory.replicasSweptAt + replicaCheckMs > clock.now()) return;
  memory.replicasSweptAt = clock.now();
  for (const { study, root, owner } of catalogue.pins({ holder: self.member }))
    if (ledgerIndex.study(study)?.status === "withdrawn") start(context, "dropReplica", study, () => dropReplica(context, { study, root, owner }));
}

/** Erasures that a crash or a silent IPFS interrupted. */
function eraseDue(context: HospitalContext): void {
  for (const { study, finish } of unfinishedErasures(context)) start(context, "eraseStudy", study, finish);
}

/** When the replicas of a study were last known good, ms; 0 for a catalogue that was rebuilt and knows of none. Asked of the catalogue once per life. */
function replicasKnownAt(context: HospitalContext, memory: Memory, { study, root, touchedAt }: StudyRecord): number {
  const known = memory.replicasCheckedAt.get(study);
  if (known !== undefined) return known;
  const at = context.catalogue.pins({ study, owner: context.self.member }).some((pin) => pin.root === root) ? touchedAt : 0;
  memory.replicasCheckedAt.set(study, at);
  return at;
}

/** Attestations that two people have signed off and a crash kept from the chain. */
function attestDue(context: HospitalContext): void {
  for (const proposal of approvedAttestations(context)) start(context, "attestConsent", proposal, () => finishAttestation(context, proposal));
}

/** A replica that lost its disk does not know what it held: custodians ask again, now and then, which costs little when nothing is missing. */
function checkReplicas(context: HospitalContext, memory: Memory): void {
  const { catalogue, clock, settings, cluster } = context;
  if (settings.replicas < 2 && cluster === null) return;
  for (const study of catalogue.studies({ states: ["registered"], role: "custodian" })) {
    const { root } = study;
    if (root === null) continue;
    const suspect = cluster?.watch.takeSuspect(study.study) === true;
    if (!suspect && replicasKnownAt(context, memory, study) + replicaCheckMs > clock.now()) continue;
    if (suspect) memory.replicasCheckedAt.set(study.study, 0);
    start(context, "placeReplicas", study.study, async () => {
      await placeReplicas(context, study.study, root);
      // A crash between a new version and the farewell to the old one leaves members keeping what nobody asks for.
      await retireReplicas(context, study.study, root);
      memory.replicasCheckedAt.set(study.study, clock.now());
    });
  }
}

export const newMemory = (): Memory => ({ replicasSweptAt: 0, replicasCheckedAt: new Map(), asked: new Set(), settled: new Set() });

/** One pass: starts whatever the present state asks for. Derived from state alone, so that a missed event, a crash or a repetition changes nothing. */
export function reconcile(context: HospitalContext, memory: Memory): void {
  const { catalogue, metrics, attempts, watch, writer } = context;
  if (watch.view().phase === "alarm") return;
  // What can still be judged is judged even while the chain stands still: an ended consent ends without a new block.
  if (watch.view().phase === "following") dropDue(context);
  if (watch.unfit() === null) {
    answerDue(context);
    fetchDue(context, memory);
    recoverDue(context, memory);
    enrolmentsDue(context);
    attestDue(context);
    eraseDue(context);
    shareDue(context);
    checkReplicas(context, memory);
    dropReplicasDue(context, memory);
    attempts.endPass();
  }
  for (const [state, count] of Object.entries(Object.groupBy(catalogue.studies(), (one) => one.state))) metrics.set("fiducial_studies", { state }, count?.length ?? 0);
  const missing = [...attempts.failures("shareStudy"), ...attempts.failures("placeReplicas")].filter((row) => row.code === "REPLICAS_UNREACHABLE");
  metrics.set("fiducial_replicas_missing", {}, missing.length);
  metrics.set("fiducial_outbox_pending", {}, writer.pending());
}

/** Passes until the signal aborts: at every change of the index, after every flow, and once a second. Never throws; ends when no flow runs any more. */
export async function runReconciliation(context: HospitalContext, signal: AbortSignal): Promise<void> {
  const memory = newMemory();
  while (!signal.aborted) {
    try {
      reconcile(context, memory);
    } catch (error) {
      context.log.error("reconciliation failed", {}, error);
    }
    await context.wake.wait(idleMs, signal);
    await context.clock.sleep(breathMs, signal).catch(() => undefined);
  }
  await context.attempts.drained();
}
