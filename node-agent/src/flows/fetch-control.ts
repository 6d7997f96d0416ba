import { fault, isFault } from "../model/fault.ts";
import { type RequestId, requestId, type StudyId } from "../model/ids.ts";
import type { RequestView } from "../model/ledger-views.ts";
import type { HospitalContext } from "./context.ts";
import { closeFetches, dropHeld } from "./drop-held.ts";
import { forgetForeignTree } from "./forget-blocks.ts";

const flow = "fetchHeldBack";
export type HeldBack = "paused" | "cancelled";

const entryOf = (context: HospitalContext, id: RequestId) => context.journal.unfinished().find((entry) => entry.flow === flow && entry.key.split(":")[0] === id);

/** Requests whose fetch a person holds back, and how; durable. */
export function heldBack(context: HospitalContext): ReadonlyMap<RequestId, HeldBack> {
  const held = new Map<RequestId, HeldBack>();
  for (const { flow: name, key } of context.journal.unfinished()) {
    if (name !== flow) continue;
    const [id = "", how] = key.split(":");
    held.set(requestId(id), how === "cancelled" ? "cancelled" : "paused");
  }
  return held;
}

/** A request of ours whose copy is not here in whole yet. Throws REQUEST_UNKNOWN, REQUEST_NOT_YOURS, FETCH_NOT_UNDER_WAY. */
function fetchable(context: HospitalContext, id: RequestId): RequestView {
  const request = context.ledgerIndex.request(id);
  if (request === null) throw fault("REQUEST_UNKNOWN", { request: id });
  if (request.requester !== context.self.member) throw fault("REQUEST_NOT_YOURS", { request: id });
  const waits = request.state === "granted" || request.state === "delivered" || request.state === "acknowledged";
  if (!waits || context.catalogue.study(request.study)?.state === "held") throw fault("FETCH_NOT_UNDER_WAY", { request: id });
  return request;
}

function release(context: HospitalContext, id: RequestId): void {
  const entry = entryOf(context, id);
  if (entry !== undefined) context.journal.open(flow, entry.key, entry.input).done();
}

function note(context: HospitalContext, study: StudyId, phase: HeldBack): void {
  const row = context.progress.get(study);
  if (row !== null) context.progress.set({ ...row, phase, bytesPerSecond: null, etaSeconds: null, error: null, updatedAt: context.clock.now() });
}

/** Holds a fetch back: streams end, what has arrived stays and is readable as far as it was, nothing more comes until `resumeFetch`. Also across restarts. Throws as `fetchable`. */
export async function pauseFetch(context: HospitalContext, id: RequestId): Promise<void> {
  const { study } = fetchable(context, id);
  if (entryOf(context, id) === undefined) context.journal.open(flow, `${id}:paused`, { request: id });
  await context.fetches.end(id, fault("FETCH_STOPPED", { request: id }));
  note(context, study, "paused");
  context.log.info("fetch paused", { request: id });
}

/** Lets a fetch that was paused or cancelled go on. Nothing happens when it was neither. Throws as `fetchable`. */
export function resumeFetch(context: HospitalContext, id: RequestId): void {
  fetchable(context, id);
  release(context, id);
  context.log.info("fetch resumed", { request: id });
  context.wake.ring();
}

/**
 * Gives a fetch up: streams end, what has arrived goes, key included. The grant stays on the chain, so the same request can be taken up again by
 * `resumeFetch`, from the beginning. Throws as `fetchable`.
 */
export async function cancelFetch(context: HospitalContext, id: RequestId): Promise<void> {
  const { catalogue, ledgerIndex } = context;
  const { study } = fetchable(context, id);
  release(context, id);
  context.journal.open(flow, `${id}:cancelled`, { request: id });
  await context.fetches.end(id, fault("FETCH_STOPPED", { request: id }));
  const root = ledgerIndex.study(study)?.root;
  if (catalogue.study(study)?.state === "fetching") await dropHeld(context, study, "STUDY_FETCH_CANCELLED");
  // Cut off before its manifest was read: no row names what there is of it.
  else if (root !== undefined) {
    closeFetches(context, study, "STUDY_FETCH_CANCELLED");
    await forgetForeignTree(context, study, root);
  }
  note(context, study, "cancelled");
  context.log.info("fetch cancelled", { request: id });
}

/** Whether an error only says that a person ended the fetch. */
export const isHeldBack = (error: unknown): boolean => isFault(error, "FETCH_STOPPED");
