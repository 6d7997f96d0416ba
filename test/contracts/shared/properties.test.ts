import test from "ava";
import { readFile } from "node:fs/promises";
import { deployed, fuzzedFunctions } from "../../../scripts/testing/fuzzed-functions.ts";

test("every public function of every contract is called by a fuzzed property", async (t) => {
  const { all, properties, by } = await fuzzedFunctions();
  t.deepEqual(all.filter((name) => (by.get(name) ?? []).length === 0), [], "no property calls these");
  for (const contract of deployed) t.true(all.some((name) => name.startsWith(`${contract}.`)), contract);
  t.log(`${all.length} functions, ${properties.length} properties`);
});

test("every promise of the invariants is one sentence, and is looked at", async (t) => {
  const source = await readFile(new URL("../../../contracts/test/invariants/Invariants.t.sol", import.meta.url), "utf8");
  const promises = [...source.matchAll(/(?:\/\/\/ \d+\. .+\n\s*)+function (holds_\w+)\(/gu)].map(([, name = ""]) => name);
  const all = [...source.matchAll(/function (holds_\w+)\(/gu)].map(([, name = ""]) => name);
  t.deepEqual(promises, all, "each has its sentence");
  for (const name of promises) t.true(source.includes(`require(_history.${name}(),`), `${name} is looked at`);
  const numbers = [...source.matchAll(/\/\/\/ (\d+)\. /gu)].map(([, number]) => Number(number));
  t.deepEqual(numbers, numbers.map((_number, index) => index + 1));
  t.true(numbers.length >= 12);
});
