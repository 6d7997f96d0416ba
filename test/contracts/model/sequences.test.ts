import { isDeepStrictEqual } from "node:util";
import test from "ava";
import fc from "fast-check";
import { wholeState } from "./compare.ts";
import { drive, startModelWorld } from "./drive.ts";
import { apply, newModel, resolved } from "./model.ts";
import { readable, sequence, type Step } from "./operations.ts";

/** 200 per run of `npm test`; `npm run model` asks for 2,000. */
const { FIDUCIAL_SEQUENCES = "200", FIDUCIAL_SEED } = process.env;
const operations = 30;

const w = await startModelWorld();
const tally = new Map<string, number>();
const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);

/** Runs a sequence on model and chain side by side from the same beginning; gives the first difference, or undefined. */
async function firstDifference(steps: readonly Step[]): Promise<string | undefined> {
  const before = await w.snapshot();
  try {
    const model = newModel();
    let now = await w.now();
    for (const [index, given] of steps.entries()) {
      const step = resolved(model, given);
      now += step.wait;
      const there = await drive(w, model, step, now);
      const here = apply(model, step, now);
      if (here !== there) return `step ${index + 1} ${step.op}: the model says ${here || "done"}, the contract ${there || "done"}`;
      count(`${step.op} ${here || "done"}`);
      const asked = step.op === "request" && here === "" ? model.requests.get(step.request) : undefined;
      if (asked !== undefined) count(`answer ${asked.reason}`);
    }
    const state = await wholeState(w, model);
    for (const name of Object.keys(state.model)) {
      if (!isDeepStrictEqual(state.chain[name], state.model[name])) return `at the end ${name}: the model says ${String(state.model[name])}, the contract ${String(state.chain[name])}`;
    }
    return undefined;
  } finally {
    await w.revert(before);
  }
}

test.serial("the contracts do what the model says, in any order of operations", async (t) => {
  const property = fc.asyncProperty(sequence(operations), async (steps) => {
    const difference = await firstDifference(steps);
    if (difference !== undefined) throw new Error(`${difference}\n${readable(steps)}`);
  });
  const numRuns = Number(FIDUCIAL_SEQUENCES);
  t.timeout(numRuns > 200 ? 3_600_000 : 600_000);
  const result = await fc.check(property, { numRuns, ...(FIDUCIAL_SEED === undefined ? {} : { seed: Number(FIDUCIAL_SEED) }) });
  t.false(result.failed, `FIDUCIAL_SEED=${result.seed}: ${result.errorInstance instanceof Error ? result.errorInstance.message : ""}`);
  t.is(result.numRuns, numRuns);
  // A model that is only ever refused agrees with everything: each operation must have gone through, and the deep ones often.
  const done = (op: string) => tally.get(`${op} done`) ?? 0;
  if (numRuns < 100) return t.log("too few sequences to ask which operations went through");
  const common = ["register", "grant", "revoke", "attest", "request", "deliver", "acknowledge"];
  // What goes through once in a hundred sequences can be missing by chance in two hundred.
  const rare = ["supersede", "withdraw", "withdrawAttestation", "dispute", "expire", "review", "anchor", "suspend", "reinstate", "expel", "pause", "resume", "replaceGovernor"];
  for (const op of numRuns < 1000 ? common : [...common, ...rare]) {
    t.true(done(op) > 0, `${op} never went through`);
  }
  t.log([...tally].sort(([one], [two]) => one.localeCompare(two)).map(([what, times]) => `${what} ${times}`).join(", "));
  t.true(done("acknowledge") * 10 >= numRuns, `only ${done("acknowledge")} deliveries were acknowledged`);
});
