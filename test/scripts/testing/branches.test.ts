import test from "ava";
import { readFile } from "node:fs/promises";
import { mapBranches, outcomesOf } from "../../../scripts/testing/branches.ts";

const root = new URL("../../../", import.meta.url);
const map = await mapBranches(new URL("artifacts/", root));

test("every if of a contract is a decision, found in its line", async (t) => {
  const file = "contracts/StudyRegistry.sol";
  const lines = (await readFile(new URL(file, root), "utf8")).split("\n");
  const written = lines.flatMap((text, index) => (/\bif \(/u.test(text) && !/^\s*(?:\/\/|\*)/u.test(text) ? [index + 1] : []));
  const found = new Set(map.decisions.filter((decision) => decision.file === file && decision.text.startsWith("if ")).map(({ line }) => line));
  t.true(written.length > 5);
  t.deepEqual([...found].sort((a, b) => a - b), written);
});

test("a decision counts as seen both ways only when both were recorded", (t) => {
  const all = [...Array(24_576).keys()].filter((pc) => map.decisionAt("StudyRegistry", pc) !== undefined);
  const [pc = 0] = all;
  const decision = map.decisionAt("StudyRegistry", pc) ?? -1;
  const of = (record: string) => outcomesOf(map, record)[decision];
  t.deepEqual(of(""), { taken: false, passed: false });
  t.deepEqual(of(`StudyRegistry ${pc} 1\n`), { taken: true, passed: false });
  t.deepEqual(of(`StudyRegistry ${pc} 0\nStudyRegistry ${pc} 0\n`), { taken: false, passed: true });
  t.deepEqual(of(`StudyRegistry ${pc} 0\nStudyRegistry ${pc} 1\n`), { taken: true, passed: true });
  t.deepEqual(of(`StudyRegistry ${pc + 1} 0\nUnheardOf ${pc} 1\n`), { taken: false, passed: false });
});
