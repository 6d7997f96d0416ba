import { randomBytes } from "node:crypto";
import { z } from "zod";
import { fault, isFault } from "../model/fault.ts";
import { type MemberId, memberId, type StudyId, studyId } from "../model/ids.ts";
import { type Purpose, purposes } from "../model/purpose.ts";
import type { JournalEntry } from "../ports/journal.ts";
import type { Receipt } from "../ports/ledger.ts";
import { checkTerms } from "./consent.ts";
import type { HospitalContext } from "./context.ts";
import { ownStudy } from "./seal-study.ts";
import { whenIndexed } from "./when-indexed.ts";

const flow = "attestConsent";
const form = z.strictObject({
  study: z.string().transform(studyId),
  grantee: z.number().transform(memberId),
  purposes: z.array(z.enum(purposes)),
  notBefore: z.number(),
  expiry: z.number(),
  proposedBy: z.string(),
});

/** A paper consent waiting for the second person. `proposedBy` is the account name of a member of staff. Times in seconds since the epoch. */
export type Attestation = z.output<typeof form> & { readonly proposal: string; readonly proposedAt: number };

export type AttestationInput = {
  readonly study: StudyId;
  readonly grantee: MemberId;
  readonly purposes: readonly Purpose[];
  readonly notBefore?: number;
  readonly expiry: number;
  /** Account name of the person who saw the signed paper. */
  readonly by: string;
};

/** Pending attestations, oldest first: what was approved is on its way to the chain and no longer pending. */
export function listAttestations(context: HospitalContext): Attestation[] {
  return entries(context)
    .filter((entry) => !entry.steps.includes("approved"))
    .map(attestationOf);
}

/** Proposals approved and not yet known to be on chain: what a crash interrupted, to be carried on by `finishAttestation`. */
export const approvedAttestations = (context: HospitalContext): string[] => entries(context).filter((entry) => entry.steps.includes("approved")).map((entry) => entry.key);

const entries = (context: HospitalContext): JournalEntry[] => context.journal.unfinished().filter((entry) => entry.flow === flow);
const attestationOf = (entry: JournalEntry): Attestation => ({ ...form.parse(entry.input), proposal: entry.key, proposedAt: Math.floor(entry.openedAt / 1000) });

function pending(context: HospitalContext, proposal: string): Attestation {
  const found = listAttestations(context).find((one) => one.proposal === proposal);
  if (found === undefined) throw fault("ATTESTATION_UNKNOWN", { proposal });
  return found;
}

/** First step of an attestation of a consent on paper: durable, without effect until another person approves. Throws STUDY_NOT_OURS, CONSENT_PURPOSE, CONSENT_EXPIRED_TERMS. */
export function proposeAttestation(context: HospitalContext, input: AttestationInput): Attestation {
  const { by, ...terms } = input;
  ownStudy(context, terms.study);
  const notBefore = terms.notBefore ?? Math.floor(context.clock.now() / 1000);
  checkTerms(context, { ...terms, notBefore });
  const proposal = randomBytes(16).toString("hex");
  context.journal.open(flow, proposal, { ...terms, notBefore, proposedBy: by });
  return pending(context, proposal);
}

/** Second step, by another person: writes the attestation to the chain. Throws ATTESTATION_UNKNOWN, ATTESTATION_SAME_PERSON, LEDGER_REVERTED. */
export async function approveAttestation(context: HospitalContext, input: { readonly proposal: string; readonly by: string }): Promise<Receipt> {
  // Also one that is approved already: an approver whose connection was cut may ask again.
  const entry = entries(context).find((one) => one.key === input.proposal);
  if (entry === undefined) throw fault("ATTESTATION_UNKNOWN", { proposal: input.proposal });
  if (attestationOf(entry).proposedBy === input.by) throw fault("ATTESTATION_SAME_PERSON", {});
  await context.journal.open(flow, input.proposal, null).step("approved", async () => input.by);
  return await finishAttestation(context, input.proposal);
}

/** Writes an approved attestation to the chain. Safe to repeat and to call twice at once. Throws ATTESTATION_UNKNOWN, LEDGER_REVERTED (which ends it), LEDGER_ faults (it is tried again). */
export async function finishAttestation(context: HospitalContext, proposal: string): Promise<Receipt> {
  const entry = entries(context).find((one) => one.key === proposal && one.steps.includes("approved"));
  if (entry === undefined) throw fault("ATTESTATION_UNKNOWN", { proposal });
  const { study, grantee, purposes: wanted, notBefore, expiry } = attestationOf(entry);
  const run = context.journal.open(flow, proposal, null);
  try {
    const intent = { kind: "attestConsent", study, grantee, purposes: wanted, notBefore, expiry } as const;
    const receipt = await run.step("attested", () => context.writer.submit(`attest:${proposal}`, intent, context.signal));
    run.done();
    await whenIndexed(context, receipt.block);
    return receipt;
  } catch (error) {
    if (isFault(error, "LEDGER_REVERTED")) run.failed(error.code);
    throw error;
  }
}

/** Ends a pending attestation without effect. Throws ATTESTATION_UNKNOWN. */
export function rejectAttestation(context: HospitalContext, proposal: string): void {
  pending(context, proposal);
  context.journal.open(flow, proposal, null).failed("ATTESTATION_UNKNOWN");
}

/** Withdraws a standing attestation of a study kept here; one person suffices, because it only takes away. Throws STUDY_NOT_OURS, LEDGER_REVERTED. */
export async function withdrawAttestation(context: HospitalContext, input: { readonly study: StudyId; readonly grantee: MemberId }): Promise<Receipt> {
  ownStudy(context, input.study);
  const key = `withdrawAttestation:${input.study}:${input.grantee}:${context.clock.now()}`;
  const receipt = await context.writer.submit(key, { kind: "withdrawAttestation", ...input }, context.signal);
  await whenIndexed(context, receipt.block);
  return receipt;
}
