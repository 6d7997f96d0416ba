import type { Recovery } from "../../agent.ts";
import { megabytes, table } from "../text.ts";

/** How far a recovery is, in one line. */
export function progressLine({ ledger, ownStudies, copies, bytesFetched, patients }: Recovery): string {
  const chain = ledger.phase === "following" ? "chain read" : `chain: block ${ledger.indexed ?? 0} of ${ledger.head ?? "?"}`;
  return `${chain}, own studies ${ownStudies.here} of ${ownStudies.onChain}, copies ${copies.here} of ${copies.granted}, patients ${patients}, ${megabytes(bytesFetched)} fetched`;
}

/** What is back and what is not, with what stood in the way. */
export function reportText(now: Recovery, seconds: number): string {
  const { ownStudies, copies, withdrawn, patients, reasons, complete } = now;
  const lines = [
    `${complete ? "Everything is back" : "Not everything is back"}, after ${seconds} s:`,
    `  own studies   ${ownStudies.here} of ${ownStudies.onChain}`,
    `  copies        ${copies.here} of ${copies.granted} that are granted now`,
    `  withdrawn     ${withdrawn.here} of ${withdrawn.onChain}${withdrawn.here < withdrawn.onChain ? "; the others' blocks are kept by nobody any more, which is in order" : ""}`,
    `  patients      ${patients}${now.enrolmentsAsked ? "" : "; not every member has been asked for enrolments yet"}`,
  ];
  if (reasons.length > 0) lines.push("", table(["MISSING STUDY", "BECAUSE"], reasons.map(({ study, code, why }) => [study, code === null ? "not tried yet" : `${code}: ${why ?? ""}`]), ""));
  if (complete) lines.push("", "Instances that had not been shared before the loss are not among them: have the PACS send them again. Start the agent now.");
  return lines.join("\n");
}
