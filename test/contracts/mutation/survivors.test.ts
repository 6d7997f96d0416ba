import test from "ava";
import { generateMutants } from "../../../scripts/mutate/generate.ts";
import { readRecord } from "../../../scripts/mutate/record.ts";
import { nameOf, subjects } from "../../../scripts/mutate/subjects.ts";

const again = "run npm run mutate -- --resume --write, and explain in contracts/mutation.json what is new";

test("the mutants of every contract are those that were judged, and each survivor is explained", async (t) => {
  t.timeout(300_000);
  const { contracts, survivors } = await readRecord();
  t.deepEqual(Object.keys(contracts), subjects.map(nameOf), again);
  for (const { subject, mutants } of await generateMutants()) {
    const contract = nameOf(subject);
    const row = contracts[contract] ?? { mutants: 0, killed: 0, equal: 0, invalid: 0, survived: 0 };
    t.is(mutants.length, row.mutants, `${contract}: ${again}`);
    t.is(row.killed + row.equal + row.invalid + row.survived, row.mutants, contract);
    const made = new Set(mutants.map(({ id }) => id));
    const own = survivors.filter((survivor) => survivor.contract === contract);
    t.is(own.length, row.survived, contract);
    t.deepEqual(own.filter(({ mutant }) => !made.has(mutant)).map(({ mutant }) => mutant), [], `gone from ${contract}: ${again}`);
  }
  for (const { mutant, because } of survivors) t.true(because.length > 30, `${mutant} is explained`);
  t.is(new Set(survivors.map(({ mutant }) => mutant)).size, survivors.length);
});
