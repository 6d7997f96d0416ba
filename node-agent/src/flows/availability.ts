import { fault, type Fault } from "../model/fault.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import type { FlowContext } from "./context.ts";
import { copyVerdict } from "./copy-verdict.ts";
import { goneFault } from "./gone.ts";

/** Whether the record is only the name that a cut or refused first upload left: to a reader such a study is not there. */
export const neverArrived = ({ state, instanceCount }: Pick<StudyRecord, "state" | "instanceCount">): boolean => state === "receiving" && instanceCount === 0;

/** Why a study here cannot be read now, or null when it can: STUDY_INCOMPLETE (503) while it is fetched, the reason it was dropped (410), STUDY_EMPTY without instances. */
export function unreadable(context: FlowContext, record: StudyRecord): Fault | null {
  const { study, state, instanceCount } = record;
  if (state === "fetching") return fault("STUDY_INCOMPLETE", { study, have: 0, want: instanceCount });
  if (state === "dropped") return goneFault(study, record.droppedBecause ?? "STUDY_WITHDRAWN");
  if (instanceCount === 0) return fault("STUDY_EMPTY", { study });
  // A copy whose consent ended is refused from the block that says so, before the loop has dropped it.
  if (record.role === "holder") {
    const because = copyVerdict(context, record);
    if (because !== null) return goneFault(study, because);
  }
  return null;
}
