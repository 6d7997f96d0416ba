import type { LedgerEvent } from "../../model/ledger-events.ts";
import type { Finding } from "../../proof/finding.ts";
import type { ProofReport } from "../../proof/verifier.ts";
import { what } from "../history.ts";
import { fields, moment, shortId, table } from "../text.ts";

/** Where a finding is: "block 17, receipt 2 (line 18)". */
export function placeOf({ block, record, line }: Finding): string {
  const parts = [...(block === null ? [] : [`block ${block}`]), ...(record === null ? [] : [record])].join(", ");
  return `${parts === "" ? "file" : parts}${line === null ? "" : ` (line ${line})`}`;
}

const headlines = {
  verified: "PROVEN: the history is complete and is what the validators of its time agreed upon.",
  unanchored: "CONSISTENT, NOT PROVEN: everything fits together, but nothing that you gave leads to it.",
  "hashes-only": "NO CONSENSUS: the chain carries no seals; only the integrity of its hashes could be checked.",
  refuted: "REFUSED: this is not what it claims to be.",
} as const;

/** Why a report without findings proves nothing yet; null when it does. */
export function unproven(report: ProofReport): string | null {
  if (report.verdict === "unanchored")
    return report.head?.headersFrom === 0
      ? `the proof stands on the genesis ${report.head.genesis}, which you did not vouch for`
      : "the proof begins at a later block than the genesis, and you named no checkpoint";
  if (report.verdict === "hashes-only") return "no consensus stands behind this chain: integrity of the chain of hashes only";
  return null;
}

/** The verdict for people, the history below it. */
export function reportText(report: ProofReport, events: readonly LedgerEvent[] | null): string {
  const { head, eras, findings, lastBlock } = report;
  const lines = [headlines[report.verdict], ""];
  if (head !== null) {
    lines.push(
      fields({
        about: head.studies === null ? "the whole history" : `${head.studies.length} ${head.studies.length === 1 ? "study" : "studies"}`,
        blocks: `${head.from} to ${head.to}, headers from ${head.headersFrom}`,
        chain: `${head.chainId}, genesis ${head.genesis}`,
        "last block": lastBlock === null ? null : lastBlock.hash,
        seals: eras.length === 0 ? "none: a chain without consensus" : `${report.sealsChecked} checked`,
        receipts: `${report.blocksRead} blocks read, ${report.blocksRuledOut} ruled out by their bloom`,
        records: report.events,
        contracts: report.contractsVouched ? "as in your configuration" : `as the export names them, compare: AccessLedger ${head.contracts["accessLedger"] ?? "?"} (all with --json)`,
        "voting rules": eras.length === 0 ? null : report.rulesVouched ? "from the genesis file" : "Besu's defaults, because no genesis file was given",
        exported: `${head.exportedAt} by ${head.exportedBy} (said, not proven)`,
      }),
    );
  }
  if (eras.length > 0) lines.push("", table(["FROM BLOCK", "PROTOCOL", "VALIDATORS"], eras.map(({ from, protocol, validators }) => [String(from), protocol, validators.join(" ")]), ""));
  if (findings.length > 0) {
    lines.push("", table(["WHERE", "WHAT IS WRONG", ""], findings.map((one) => [placeOf(one), one.code, one.what]), ""));
    if (report.findingCount > findings.length) lines.push(`and ${report.findingCount - findings.length} more`);
  }
  if (events !== null && report.verdict !== "refuted")
    lines.push("", table(["TIME", "BLOCK", "EVENT", "STUDY", "WHAT"], events.map((event) => [moment(event.timestamp), String(event.block), event.kind, "study" in event ? shortId(event.study) : "", what(event)]), "No records."));
  return lines.join("\n");
}
