import { fault, type Fault } from "../model/fault.ts";
import type { Uid } from "../model/ids.ts";
import type { StudyRecord } from "../ports/catalogue.ts";
import type { FlowContext, HospitalContext } from "./context.ts";
import { copyVerdict } from "./copy-verdict.ts";
import { goneFault } from "./gone.ts";

/** Whether the record is only the name that a cut or refused first upload left: to a reader such a study is not there. */
export const neverArrived = ({ state, instanceCount }: Pick<StudyRecord, "state" | "instanceCount">): boolean => state === "receiving" && instanceCount === 0;

/** The 503 for a study that is still arriving, or for one series of it, with what is here of it. */
export function incomplete(context: HospitalContext, { study, instanceCount }: StudyRecord, series?: Uid): Fault {
  const { have, want } = context.arrivals.count(study, series) ?? { have: 0, want: instanceCount };
  return fault("STUDY_INCOMPLETE", { study, have, want });
}

/**
 * Why nothing of a study here can be read now, or null when it can: the reason it was dropped (410), STUDY_EMPTY without instances. Of a study that is
 * being fetched the instances that are here can be read; whoever asks for more of it gets `incomplete`.
 */
export function unreadable(context: FlowContext, record: StudyRecord): Fault | null {
  const { study, state, instanceCount } = record;
  if (state === "dropped") return goneFault(study, record.droppedBecause ?? "STUDY_WITHDRAWN");
  if (instanceCount === 0) return fault("STUDY_EMPTY", { study });
  // A copy whose consent ended is refused from the block that says so, before the loop has dropped it.
  if (record.role === "holder") {
    const because = copyVerdict(context, record);
    if (because !== null) return goneFault(study, because);
  }
  return null;
}
