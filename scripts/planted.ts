import { parseArgs } from "node:util";
import { startBench } from "./mutate/bench.ts";
import { mistakes, type Mistake } from "./planted/mistakes.ts";
import { brokenPromises, plantedCode } from "./planted/plant.ts";

/**
 * Shows that each invariant and the model can fail: plants one mistake after the other in a copy of the contracts and demands that the promise it
 * breaks says so. Prints a table in Markdown; exits 1 when a mistake goes unnoticed, or when the right contracts break a promise.
 * Usage: npm run fuzz -- --planted, or node scripts/planted.ts --promise N for the mistakes that break promise N only. Takes some 25 s of a core per mistake.
 */
const { promise } = parseArgs({ options: { promise: { type: "string" } } }).values;
const chosen = mistakes.filter(({ promises }) => promise === undefined || promises.includes(Number(promise)));
process.env["FIDUCIAL_SEQUENCES"] = "200";
process.env["FIDUCIAL_SEED"] = "20252";
const model = "test/contracts/model/sequences.test.ts";

/** What the promises and the model said, and whether it is what they must say. */
async function caught(mistake: Mistake, bench: Awaited<ReturnType<typeof startBench>>): Promise<{ readonly row: string; readonly noticed: boolean }> {
  const code = await plantedCode(mistake);
  const broken = await brokenPromises(code);
  const right = broken.filter((reason) => mistake.says.some((wanted) => reason.includes(wanted)));
  bench.use(code);
  const failure = mistake.model ? await bench.run(model) : undefined;
  const difference = failure === undefined ? "" : failure.why.replace(/^FIDUCIAL_SEED=\d+: /u, "");
  const short = difference.length > 110 ? `${difference.slice(0, 107)}...` : difference;
  const row = `| ${mistake.promises.join(", ")} | ${mistake.what} | ${[...new Set(broken)].join("; ") || "**nothing**"} | ${mistake.model ? short || "**nothing**" : "not in the model"} |`;
  return { row, noticed: right.length > 0 && (!mistake.model || failure !== undefined) };
}

const bench = await startBench();
let missed = 0;
const sound = promise === undefined ? await brokenPromises(new Map()) : [];
const agrees = promise === undefined ? await bench.run(model) : undefined;
if (sound.length > 0 || agrees !== undefined) {
  console.log(`the right contracts: ${[...sound, agrees?.why ?? ""].join("; ")}`);
  missed++;
}
console.log("| promise | mistake | the invariants say | the model says |\n|---|---|---|---|");
for (const mistake of chosen) {
  const { row, noticed } = await caught(mistake, bench);
  console.log(row);
  if (!noticed) missed++;
}
console.log(`\n${chosen.length} mistakes, ${missed === 0 ? "each noticed" : `${missed} not noticed as they must be`}`);
process.exit(missed === 0 && chosen.length > 0 ? 0 : 1);
