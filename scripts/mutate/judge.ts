import { globSync } from "node:fs";
import { sourcesOf } from "../slither/sources.ts";
import { startBench, type Failure } from "./bench.ts";
import { creationCode, type Sources } from "./compiler.ts";
import { subjects, testsFor, type Subject } from "./subjects.ts";

/** killed: a test failed. equal: it is the same code. invalid: it does not compile. survived: every test passed. */
export type Verdict = "killed" | "equal" | "invalid" | "survived";
export type Task = { readonly number: number; readonly file: string; readonly text: string; readonly passed: readonly string[] };
export type Answer =
  | { readonly ready: true }
  | { readonly broken: string }
  | { readonly number: number; readonly at: string }
  | { readonly number: number; readonly verdict: Verdict; readonly by?: string; readonly why?: string };

type Ground = { readonly subject: Subject; readonly sources: Sources; readonly quick: ReadonlyMap<string, string>; readonly deployed: ReadonlyMap<string, string>; tests: string[] };

const same = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) => [...one].every(([name, code]) => other.get(name) === code);
const tell = (answer: Answer): void => {
  process.send?.(answer);
};

/** The sequences of the model that a mutant meets; the same every time. */
process.env["FIDUCIAL_SEQUENCES"] = "40";
process.env["FIDUCIAL_SEED"] = "20252";

const bench = await startBench();
const grounds = new Map<string, Ground>();
const seconds = new Map<string, number>();

function compiled(sources: Sources, subject: Subject, how: "quick" | "as deployed"): ReadonlyMap<string, string> {
  const code = creationCode(sources, subject.into, how);
  if (code === undefined) throw new Error(`${subject.file} does not compile as it is`);
  return code;
}

/** A subject unchanged, and its tests: those of its own suites before others, each lot the quick ones first. Throws when the unchanged code fails one. */
async function groundOf(file: string): Promise<Ground> {
  const known = grounds.get(file);
  if (known !== undefined) return known;
  const subject = subjects.find((one) => one.file === file);
  if (subject === undefined) throw new Error(`${file} is not among the subjects`);
  const sources = await sourcesOf(subject.into.map((contract) => `contracts/${contract}.sol`));
  const quick = compiled(sources, subject, "quick");
  bench.use(quick);
  const { own, others } = testsFor(subject);
  for (const test of globSync([...own, ...others])) {
    const begun = performance.now();
    const failure = await bench.run(test);
    if (failure !== undefined) throw new Error(`${test} fails on the unchanged contracts: ${failure.test}: ${failure.why}`);
    seconds.set(test, (performance.now() - begun) / 1000);
  }
  const bySpeed = (patterns: readonly string[]) => globSync(patterns).sort((one, two) => (seconds.get(one) ?? 0) - (seconds.get(two) ?? 0));
  const ground = { subject, sources, quick, deployed: compiled(sources, subject, "as deployed"), tests: [...bySpeed(own), ...bySpeed(others)] };
  grounds.set(file, ground);
  return ground;
}

async function judge({ number, file, text, passed }: Task): Promise<void> {
  const ground = await groundOf(file);
  const sources = { ...ground.sources, [file]: { content: text } };
  const code = creationCode(sources, ground.subject.into, "quick");
  if (code === undefined) return tell({ number, verdict: "invalid" });
  if (same(code, ground.quick)) return tell({ number, verdict: "equal" });
  bench.use(code);
  for (const test of ground.tests.filter((one) => !passed.includes(one))) {
    tell({ number, at: test });
    const failure: Failure | undefined = await bench.run(test);
    if (failure === undefined) continue;
    // The next mutant is likely to be near this one.
    ground.tests = [test, ...ground.tests.filter((other) => other !== test)];
    return tell({ number, verdict: "killed", by: `${test}: ${failure.test}`, why: failure.why });
  }
  tell({ number, verdict: same(creationCode(sources, ground.subject.into, "as deployed") ?? new Map(), ground.deployed) ? "equal" : "survived" });
}

// An error of a test that nobody waits for any more (its mutant is judged) must not end the judging.
process.on("unhandledRejection", () => {});
process.on("message", (task: Task) => {
  judge(task).catch((error: unknown) => tell({ broken: error instanceof Error ? error.message : String(error) }));
});
process.once("disconnect", () => process.exit(0));
tell({ ready: true });
