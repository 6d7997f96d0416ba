import type { StudyId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";
import { forgetTree } from "./forget-blocks.ts";
import type { GoneReason } from "./gone.ts";

/**
 * Drops a copy of another member's study: key first (durably, after which nothing here opens it), then its blocks unless they are kept as a
 * replica for the custodian. The row stays and says why. Repeating it is harmless.
 */
export async function dropHeld(context: HospitalContext, study: StudyId, because: GoneReason): Promise<void> {
  const { catalogue, sessionKeys, recent, metrics, log } = context;
  const record = catalogue.study(study);
  if (record === null || record.role !== "holder" || record.state === "dropped") return;
  catalogue.dropStudy(study, because);
  sessionKeys.drop(study);
  recent.drop(study);
  metrics.count("fiducial_copies_dropped_total", { reason: because });
  log.info("copy dropped", { study, because });
  if (record.root !== null) await forgetTree(context, study, record.root);
}
