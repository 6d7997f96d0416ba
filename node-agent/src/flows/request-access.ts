import { randomBytes } from "node:crypto";
import { type RequestId, requestId, type StudyId } from "../model/ids.ts";
import type { RequestView } from "../model/ledger-views.ts";
import type { Purpose } from "../model/purpose.ts";
import { fault } from "../model/fault.ts";
import type { HospitalContext } from "./context.ts";
import { whenIndexed } from "./when-indexed.ts";

export type RequestInput = {
  readonly study: StudyId;
  readonly purpose: Purpose;
  /** Chosen by a caller who wants to repeat the call safely; fresh otherwise. */
  readonly request?: RequestId;
};

/** 32 random bytes: says nothing about who asks or for what. */
export const newRequestId = (): RequestId => requestId(`0x${randomBytes(32).toString("hex")}`);

/**
 * Asks the consortium for a study and returns the contract's decision, granted or denied with its reason; both are in the history.
 * When granted, key and study follow in the background. Throws LEDGER_REVERTED, LEDGER_UNREACHABLE, LEDGER_STALE.
 */
export async function requestAccess(context: HospitalContext, input: RequestInput): Promise<RequestView> {
  context.watch.demandFit();
  const request = input.request ?? newRequestId();
  const receipt = await context.writer.submit(`request:${request}`, { kind: "requestAccess", request, study: input.study, purpose: input.purpose }, context.signal);
  await whenIndexed(context, receipt.block);
  const view = context.ledgerIndex.request(request);
  if (view === null) throw fault("REQUEST_UNKNOWN", { request });
  return view;
}
