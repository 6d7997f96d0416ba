import { fault } from "../model/fault.ts";
import type { RequestId } from "../model/ids.ts";
import type { Receipt } from "../ports/ledger.ts";
import type { HospitalContext } from "./context.ts";
import { whenIndexed } from "./when-indexed.ts";

/** Reasons of disputes this agent raises by itself; people may use others up to 255. */
export const disputeReasons = { keyWrong: 1, contentWrong: 2, blocksMissing: 3 } as const;

/** Disputes a delivery to us, or a use of our study. Throws REQUEST_UNKNOWN, REQUEST_NOT_YOURS, LEDGER_REVERTED. */
export async function disputeAccess(context: HospitalContext, input: { readonly request: RequestId; readonly reason: number }): Promise<Receipt> {
  const view = context.ledgerIndex.request(input.request);
  if (view === null) throw fault("REQUEST_UNKNOWN", { request: input.request });
  if (view.requester !== context.self.member && view.custodian !== context.self.member) throw fault("REQUEST_NOT_YOURS", { request: input.request });
  const receipt = await context.writer.submit(`dispute:${input.request}:${context.self.member}`, { kind: "disputeAccess", ...input }, context.signal);
  context.log.warn("access disputed", { request: input.request, reason: input.reason });
  await whenIndexed(context, receipt.block);
  return receipt;
}
