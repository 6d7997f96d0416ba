import test from "ava";
import { readFile, writeFile } from "node:fs/promises";
import { startCouncil } from "../support/council.ts";
import { measureGas } from "../support/measure.ts";
import { measureCouncilGas } from "../support/measure-council.ts";
import { startWorld } from "../support/world.ts";

const file = new URL("../../../contracts/gas.json", import.meta.url);

/** Calldata of random ids varies by a few zero bytes; anything beyond is a change of code and must be committed with it. */
const tolerance = 0.02;

const { UPDATE_GAS } = process.env;

test("gas per operation is what contracts/gas.json says", async (t) => {
  const measured = { ...(await measureGas(await startWorld())), ...(await measureCouncilGas(await startCouncil())) };
  if (UPDATE_GAS !== undefined) await writeFile(file, `${JSON.stringify(measured, null, 2)}\n`);
  const committed: Record<string, number> = JSON.parse(await readFile(file, "utf8"));
  t.deepEqual(Object.keys(measured), Object.keys(committed));
  for (const [operation, gas] of Object.entries(measured)) {
    const expected = committed[operation] ?? 0;
    t.true(Math.abs(gas - expected) <= expected * tolerance, `${operation}: ${gas} gas, ${expected} committed`);
  }
});
