import { createHash, randomBytes } from "node:crypto";
import { fault } from "../model/fault.ts";
import { type Address, digest, type RequestId } from "../model/ids.ts";
import type { RequestView } from "../model/ledger-views.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { Receipt, ReviewTerms } from "../ports/ledger.ts";
import type { FlowContext, HospitalContext } from "./context.ts";
import { whenIndexed } from "./when-indexed.ts";

/** A review to sign. `salt` and the reasons together give the note on chain: the reviewer keeps both. */
export type PreparedReview = { readonly terms: ReviewTerms; readonly typedData: TypedData; readonly salt: string };

function pendingReview(context: FlowContext, request: RequestId): RequestView {
  const view = context.ledgerIndex.request(request);
  if (view === null) throw fault("REQUEST_UNKNOWN", { request });
  if (view.review !== "pending") throw fault("REVIEW_NOT_OPEN", { request });
  return view;
}

/** Emergencies and disputes that wait for a review, newest first. */
export const pendingReviews = (context: FlowContext): RequestView[] => context.ledgerIndex.requests({ review: "pending" });

/** SHA-256 over (salt || reasons): the salt keeps a short reason from being guessed from the chain. */
export const reviewNote = (salt: string, reasons: string) => digest(`0x${createHash("sha256").update(Buffer.from(salt, "hex")).update(reasons, "utf8").digest("hex")}`);

/** Prepares the EIP-712 review for a reviewer's key; works on observers, which write nothing. Throws REQUEST_UNKNOWN, REVIEW_NOT_OPEN. */
export function prepareReview(context: FlowContext, input: { readonly request: RequestId; readonly justified: boolean; readonly reasons: string }): PreparedReview {
  pendingReview(context, input.request);
  const salt = randomBytes(16).toString("hex");
  const terms: ReviewTerms = { request: input.request, justified: input.justified, note: reviewNote(salt, input.reasons) };
  return { terms, typedData: context.reader.reviewTypedData(terms), salt };
}

/** Checks and relays a regulator's signed review. Throws REQUEST_UNKNOWN, REVIEW_NOT_OPEN, REVIEW_SIGNATURE_INVALID, LEDGER_REVERTED (a signer without the role). */
export async function reviewEmergency(
  context: HospitalContext,
  input: { readonly terms: ReviewTerms; readonly reviewer: Address; readonly signature: `0x${string}` },
): Promise<Receipt> {
  const { terms, reviewer, signature } = input;
  pendingReview(context, terms.request);
  if (!(await context.reader.verifySignature(context.reader.reviewTypedData(terms), reviewer, signature))) throw fault("REVIEW_SIGNATURE_INVALID", {});
  const receipt = await context.writer.submit(`review:${terms.request}:${reviewer}:${terms.note}`, { kind: "reviewEmergency", ...terms, reviewer, signature }, context.signal);
  context.log.info("review relayed", { request: terms.request, justified: terms.justified, block: receipt.block });
  await whenIndexed(context, receipt.block);
  return receipt;
}
