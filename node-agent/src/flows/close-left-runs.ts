import { fault } from "../model/fault.ts";
import { studyId } from "../model/ids.ts";
import type { JournalEntry } from "../ports/journal.ts";
import type { HospitalContext } from "./context.ts";

type Left = "done" | "abandoned" | "under way";

/** A share is over when its version stands in the catalogue, and will not be taken up again when instances arrived since: the next run is of all of them. */
function shareLeft({ catalogue }: HospitalContext, entry: JournalEntry): Left {
  const { study, version, instances } = entry.input as { readonly study: string; readonly version: number; readonly instances: number };
  const record = catalogue.study(studyId(study));
  if (record === null || record.state === "withdrawn") return "abandoned";
  if (record.version >= version) return "done";
  return record.instanceCount === instances ? "under way" : "abandoned";
}

/** A fetch is over when its copy is shown, and will not be taken up again when the chain names another root by now. */
function fetchLeft({ catalogue, ledgerIndex }: HospitalContext, entry: JournalEntry): Left {
  const { study, root } = entry.input as { readonly study: string; readonly root: string };
  const record = catalogue.study(studyId(study));
  if (record?.state === "held" && record.root === root) return "done";
  const view = ledgerIndex.study(studyId(study));
  return view !== null && (view.root !== root || view.status !== "active") ? "abandoned" : "under way";
}

/**
 * Closes runs that a crash left open between their last effect and their end: nobody takes them up again, and what they name would be kept for ever.
 * To be run once at start, before blocks are swept. Returns how many were closed.
 */
export function closeLeftRuns(context: HospitalContext): number {
  const judges: Readonly<Record<string, (context: HospitalContext, entry: JournalEntry) => Left>> = { shareStudy: shareLeft, fetchStudy: fetchLeft };
  let closed = 0;
  for (const entry of context.journal.unfinished()) {
    const left = judges[entry.flow]?.(context, entry) ?? "under way";
    if (left === "under way") continue;
    const run = context.journal.open(entry.flow, entry.key, entry.input);
    if (left === "done") run.done();
    else run.failed(fault("FLOW_STOPPING", {}).code);
    closed++;
  }
  return closed;
}
