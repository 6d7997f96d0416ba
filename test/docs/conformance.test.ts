import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { levelOf } from "../../node-agent/src/dicom/attributes.ts";
import { rowOfTag } from "../../node-agent/src/dicom/dictionary.ts";
import { failureReasons } from "../../node-agent/src/dicom/store-response.ts";
import { knownTransferSyntaxes } from "../../node-agent/src/dicom/transfer-syntax.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "conformance.md"), "utf8");
const words = (line: string | undefined): string[] => [...(line ?? "").matchAll(/`([^`]+)`/gu)].map(([, word]) => word ?? "").sort();
const rows = page.split("\n").filter((line) => line.startsWith("| "));

for (const level of ["study", "series", "instance"] as const) {
  test(`the conformance statement lists the search keys of the ${level} level, all and no others`, (t) => {
    const keywords = [...levelOf].filter(([, home]) => home === level).map(([tag]) => rowOfTag(tag)?.keyword ?? tag);
    t.deepEqual(words(rows.find((line) => line.startsWith(`| ${level} |`))), keywords.sort());
  });
}

test("it lists the transfer syntaxes, all and no others", (t) => {
  const listed = rows.flatMap(words).filter((word) => word.startsWith("1.2.840.10008."));
  t.deepEqual(listed.sort(), [...knownTransferSyntaxes].sort());
});

test("it names every failure reason that is given", (t) => {
  for (const [name, reason] of Object.entries(failureReasons)) {
    t.true(page.includes(String(reason)), name);
  }
});
