import { readFile } from "node:fs/promises";
import test from "ava";
import { findings, slitherIsHere } from "../../../scripts/slither/run.ts";
import { skipLoudly } from "../../support/skip.ts";

type Accepted = { readonly check: string; readonly because: string; readonly places: readonly string[] };

test("slither finds nothing that is not explained, and what is explained is still there", async (t) => {
  if (!(await slitherIsHere())) return skipLoudly(t, "slither (python3 -m pip install --target .engines/slither slither-analyzer==0.11.6)");
  t.timeout(600_000);
  const accepted = JSON.parse(await readFile("contracts/slither.json", "utf8")) as readonly Accepted[];
  for (const { check, because } of accepted) t.true(because.length > 40, `${check} is explained`);
  const known = new Set(accepted.flatMap(({ check, places }) => places.map((place) => `${check} at ${place}`)));
  const found = new Set((await findings()).map(({ check, place }) => `${check} at ${place}`));
  t.deepEqual([...found].filter((one) => !known.has(one)).sort(), [], "new findings: mend the code, or explain them in contracts/slither.json");
  t.deepEqual([...known].filter((one) => !found.has(one)).sort(), [], "explained and gone: take them out of contracts/slither.json");
});
