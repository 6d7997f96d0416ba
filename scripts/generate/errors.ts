import { catalogue } from "../../node-agent/src/model/catalogue.ts";
import type { ErrorEntry } from "../../node-agent/src/model/errors/entry.ts";
import type { GeneratedFile } from "./generated-file.ts";

/** The reference of all error codes, from the catalogue. */
export async function generateErrors(): Promise<GeneratedFile[]> {
  const rows = Object.entries(catalogue as unknown as Record<string, ErrorEntry<object>>).sort(([one], [two]) => (one < two ? -1 : 1));
  const families = Map.groupBy(rows, ([code]) => code.split("_")[0] ?? code);
  const text = [
    "# Error codes",
    "",
    "<!-- Generated from node-agent/src/model/errors/ by `npm run generate`. -->",
    "",
    "Every error has a stable code. Over HTTP it is the `code` of an RFC 9457 problem document, whose `type` is `urn:fiducial:error:CODE`; the",
    "status below is what a client sees where the error is answered over HTTP. Messages hold ids, sizes and counts, never anything that identifies a patient.",
    "",
    ...Array.from(families, ([family, entries]) => [
      `## ${family}`,
      "",
      "| code | status | what happened | what to do |",
      "|---|---|---|---|",
      ...entries.map(([code, row]) => `| \`${code}\` | ${row.status} | ${cell(row.title)} | ${cell(row.hint)} |`),
      "",
    ]).flat(),
  ].join("\n");
  return [{ path: "docs/reference/errors.generated.md", text }];
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
