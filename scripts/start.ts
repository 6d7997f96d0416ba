/** `npm start`: three hospitals and a regulator on this computer, and one study through its whole life. */
import { mkdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { Display } from "./journey/display.ts";
import { startLocal } from "./local/session.ts";
import { Refusal } from "./local/preflight.ts";

type Options = { readonly once: boolean; readonly fresh: boolean; readonly json: boolean; readonly study?: string; readonly dir: string; readonly portBase: number };

function portBase(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1024 || value > 65_400) throw new InvalidArgumentError("give a port from 1024 to 65400");
  return value;
}

const program = new Command("npm start --")
  .description("Runs three hospitals and a regulator on this computer and carries one imaging study through its whole life.")
  .option("--once", "end after the journey; status 0 only if every outcome was right", false)
  .option("--fresh", "forget the kept state and start over", false)
  .option("--json", "print the account of the journey as data", false)
  .option("--study <dir>", "use this folder of DICOM files instead of the generated head CT")
  .option("--dir <dir>", "where the state is kept", ".fiducial")
  .option("--port-base <n>", "first of the ports used (the agents' follow in tens)", portBase, 8540)
  .addHelpText("after", "\nExamples:\n  npm start\n  npm start -- --once --json\n  npm start -- --study ~/ct --fresh\n\nStatus: 0 right, 1 an outcome was wrong, 2 could not start (the sentence says why).")
  .parse();
const options = program.opts<Options>();
const display = new Display(options.json);
const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(130); // asked twice: children end with us, their standard input closes
    display.line("\nStopping; once more ends at once.");
    interrupt.abort();
  });

try {
  const dir = resolve(options.dir);
  if (options.fresh) await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  process.exitCode = await startLocal({ ...options, dir }, display, interrupt.signal);
} catch (error) {
  const message = error instanceof Refusal ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (options.json) console.log(JSON.stringify({ ok: false, error: error instanceof Error ? error.message : String(error) }));
  else console.error(`\n${message}`);
  process.exitCode = 2;
}
