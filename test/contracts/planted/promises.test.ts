import { readFile } from "node:fs/promises";
import test from "ava";
import { mistakes } from "../../../scripts/planted/mistakes.ts";
import { runCommand } from "../../../scripts/testing/command.ts";

test("for every promise of the invariants there is a mistake that breaks it, and its place is in the source", async (t) => {
  const invariants = await readFile("contracts/test/invariants/Invariants.t.sol", "utf8");
  const numbers = [...invariants.matchAll(/\/\/\/ (\d+)\. /gu)].map(([, number]) => Number(number));
  t.deepEqual(numbers.filter((number) => !mistakes.some(({ promises }) => promises.includes(number))), []);
  for (const { file, from, what } of mistakes) t.is((await readFile(file, "utf8")).split(from).length, 2, `${what}: ${file}`);
});

test("a planted mistake is noticed, by the invariants and by the model (all of them: npm run fuzz -- --planted)", async (t) => {
  t.timeout(600_000);
  const { status, output } = await runCommand("node", ["scripts/planted.ts", "--promise", "1"], () => {});
  t.is(status, 0, output);
  t.regex(output, /score bounds/u);
  t.regex(output, /1 mistakes, each noticed/u);
});
