import type { StudyId } from "../model/ids.ts";
import type { Receipt } from "../ports/ledger.ts";
import type { HospitalContext } from "./context.ts";
import { retireReplicas } from "./retire-replicas.ts";
import { ownStudy } from "./seal-study.ts";
import { whenIndexed } from "./when-indexed.ts";

/** Stops offering a study, for ever; holders drop their copies and replicas, local clinicians keep it. `reason` is the custodian's own code 0..254 (255 says that it was erased). Throws STUDY_NOT_OURS, LEDGER_REVERTED. */
export async function withdrawStudy(context: HospitalContext, input: { readonly study: StudyId; readonly reason: number }): Promise<Receipt | null> {
  const record = ownStudy(context, input.study);
  // A study that never reached the chain has nothing to withdraw there.
  const known = record.version > 0 || context.ledgerIndex.study(input.study) !== null;
  const receipt = !known ? null : await context.writer.submit(`withdraw:${input.study}`, { kind: "withdrawStudy", ...input }, context.signal);
  context.catalogue.updateStudy(input.study, { state: "withdrawn" });
  context.catalogue.deleteReleases(input.study);
  context.log.info("study withdrawn", { study: input.study, reason: input.reason });
  if (receipt !== null) await whenIndexed(context, receipt.block);
  // Others need no longer keep it; what they are not told now they read from the chain.
  await retireReplicas(context, input.study, null);
  return receipt;
}
