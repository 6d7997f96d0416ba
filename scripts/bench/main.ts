/** `npm run bench`: each benchmark in a process of its own, one after another, beside the peer that does the same work. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Argument, Command } from "commander";
import { type BenchName, benchNames, onRequest } from "./names.ts";
import type { BenchRow } from "./row.ts";
import { table } from "./table.ts";

type Options = { readonly json: boolean; readonly full: boolean };
type Outcome = { readonly bench: BenchName; readonly seconds: number; readonly rows: readonly BenchRow[]; readonly error: string | null };

/** A benchmark that takes longer hangs, and is ended. */
const limitMs = { usual: 180_000, full: 1_800_000 };

/** Runs one benchmark; its own words on standard error pass through. */
async function runBench(bench: BenchName, full: boolean): Promise<Outcome> {
  const begun = performance.now();
  const child = spawn(process.execPath, [join(import.meta.dirname, "worker.ts"), bench, ...(full ? ["--full"] : [])], { stdio: ["ignore", "pipe", "inherit"] });
  const pass = () => void child.kill("SIGTERM");
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, pass);
  const timer = setTimeout(() => child.kill("SIGTERM"), full || onRequest.includes(bench) ? limitMs.full : limitMs.usual);
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  const how = await new Promise<number | string>((resolve) => child.once("close", (code, signal) => resolve(code ?? signal ?? 1)));
  clearTimeout(timer);
  for (const signal of signals) process.off(signal, pass);
  const seconds = (performance.now() - begun) / 1000;
  // Libraries may print; the rows are the last line.
  const last = Buffer.concat(parts).toString().trimEnd().split("\n").at(-1) ?? "";
  if (how !== 0) return { bench, seconds, rows: [], error: how === 130 ? `was ended after ${Math.round(seconds)} s` : `ended with ${how}` };
  return { bench, seconds, rows: JSON.parse(last) as BenchRow[], error: null };
}

const program = new Command("npm run bench --")
  .description("Measures this product beside software that does the same work, in the same run. A ratio above 1 is in our favour.")
  .addArgument(new Argument("[names...]", "which ones; all but the longest (besu, many) when none is named").choices(benchNames))
  .option("--json", "print the rows as data", false)
  .option("--full", "more rounds and larger data; takes longer", false)
  .addHelpText("after", "\nExamples:\n  npm run bench\n  npm run bench -- stow wado\n  npm run bench -- --full --json large\n\nStatus: 0 all ran, 1 one failed.")
  .parse();
const options = program.opts<Options>();
const chosen = program.args.length === 0 ? benchNames.filter((name) => options.full || !onRequest.includes(name)) : benchNames.filter((name) => program.args.includes(name));
const outcomes: Outcome[] = [];
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupted.abort());
for (const bench of chosen) {
  if (!options.json) console.error(`${bench} ...`);
  outcomes.push(await runBench(bench, options.full));
  // Whoever ended one wants no more of them; a benchmark over its time does not stop the others.
  if (interrupted.signal.aborted) break;
}
const rows = outcomes.flatMap((outcome) => outcome.rows);
if (options.json) console.log(JSON.stringify({ node: process.version, outcomes }, null, 2));
else {
  console.log(table(rows));
  console.log(`\n${outcomes.map(({ bench, seconds }) => `${bench} ${seconds.toFixed(0)} s`).join(", ")}`);
}
for (const missing of new Set(rows.flatMap((row) => (row.missingPeer === undefined ? [] : [row.missingPeer])))) console.error(`\nNOT COMPARED: ${missing}`);
for (const { bench, error } of outcomes) if (error !== null) console.error(`\nFAILED: ${bench} ${error}`);
process.exitCode = outcomes.some(({ error }) => error !== null) ? 1 : 0;
