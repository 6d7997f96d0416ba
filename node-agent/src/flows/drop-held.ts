import type { StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";
import { forgetForeignTree } from "./forget-blocks.ts";
import { goneFault, type GoneReason } from "./gone.ts";

/** Fetches of the study that were under way are over: what they name is not to be kept for them. */
export function closeFetches({ journal }: HospitalContext, study: StudyId, because: GoneReason): void {
  for (const { flow, key, input } of journal.unfinished()) {
    if (flow === "fetchStudy" && (input as { readonly study?: unknown } | null)?.study === study) journal.open(flow, key, input).failed(because);
  }
}

/**
 * Drops a copy of another member's study: key first (durably, after which nothing here opens it), then its blocks unless they are kept as a
 * replica for the custodian. The row stays and says why. Repeating it is harmless.
 */
export async function dropHeld(context: HospitalContext, study: StudyId, because: GoneReason): Promise<void> {
  const { catalogue, sessionKeys, recent, arrivals, fetches, metrics, log } = context;
  const record = catalogue.study(study);
  if (record === null || record.role !== "holder" || record.state === "dropped") return;
  catalogue.dropStudy(study, because);
  sessionKeys.drop(study);
  recent.drop(study);
  arrivals.end(study);
  // What is still arriving would otherwise be written after it was forgotten.
  if (record.request !== null) await fetches.end(record.request, goneFault(study, because));
  closeFetches(context, study, because);
  metrics.count("fiducial_copies_dropped_total", { reason: because });
  log.info("copy dropped", { study, because });
  if (record.root !== null) await forgetForeignTree(context, study, record.root);
}
