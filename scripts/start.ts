/** `npm start`: three hospitals and a regulator on this computer, and one study through its whole life. */
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { Fault } from "../node-agent/src/model/fault.ts";
import { type EngineWish, readWish } from "./local/engines/choose.ts";
import { Display } from "./journey/display.ts";
import { Refusal } from "./local/preflight.ts";
import { startLocal } from "./local/session.ts";

type Options = { readonly once: boolean; readonly fresh: boolean; readonly json: boolean; readonly study?: string; readonly dir?: string; readonly portBase: number; readonly engines: EngineWish };

function portBase(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1024 || value > 65_300) throw new InvalidArgumentError("give a port from 1024 to 65300");
  return value;
}

function engineWish(text: string): EngineWish {
  try {
    return readWish(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

const help = `
Examples:
  npm start
  npm start -- --once --study ~/ct
  npm start -- --engines local                          (on Besu, Kubo and IPFS Cluster, whichever are found)
  npm start -- --engines docker                         (the same in containers)
  npm start --silent -- --once --json > journey.json    (--silent keeps npm's own lines out)

Status: 0 right, 1 an outcome was wrong, 2 could not start (the sentence says why), 130 stopped by Ctrl-C before the end of the journey.
`;

const program = new Command("npm start --")
  .description("Runs three hospitals and a regulator on this computer and carries one imaging study through its whole life.")
  .option("--once", "end after the journey; status 0 only if every outcome was right", false)
  .option("--fresh", "forget the kept state and start over", false)
  .option("--json", "print the account of the journey as data", false)
  .option("--study <dir>", "use this folder of DICOM files instead of the generated head CT")
  .option("--engines <which>", "embedded; local: the real engines that this computer has, as processes (Besu by BESU_HOME or on the PATH, Kubo and IPFS Cluster from npm run engines or on the PATH); or names of such: besu, ipfs; docker: containers, from the images of npm run images", engineWish, "embedded")
  .option("--dir <dir>", "where the state is kept (default: .fiducial, with real engines .fiducial-local, in containers .fiducial-docker)")
  .option("--port-base <n>", "first of the ports used (the agents' follow in tens)", portBase, 8540)
  .addHelpText("after", help)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const options = program.opts<Options>();
const display = new Display(options.json);
const interrupt = new AbortController();
/** npm passes on the Ctrl-C that the terminal has sent us already: the same wish, told twice within this time, ms. */
const echo = 700;
let asked = 0;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    if (interrupt.signal.aborted) {
      if (performance.now() - asked > echo) process.exit(130); // children end with us, their standard input closes
      return;
    }
    asked = performance.now();
    display.line("\nStopping; Ctrl-C once more ends at once.");
    interrupt.abort();
  });

// npm runs scripts in the folder of package.json; a path that a person types is meant from where they are.
const here = process.env["INIT_CWD"] ?? process.cwd();
try {
  const { study, dir, ...rest } = options;
  const session = { ...rest, dir: dir === undefined ? resolve(options.engines === "embedded" ? ".fiducial" : options.engines === "docker" ? ".fiducial-docker" : ".fiducial-local") : resolve(here, dir), ...(study === undefined ? {} : { study: resolve(here, study) }) };
  process.exitCode = await startLocal(session, display, interrupt.signal);
} catch (error) {
  const message = error instanceof Refusal ? error.message : error instanceof Fault ? `${error.message} [${error.code}]\n  ${error.hint}` : error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (options.json) console.log(JSON.stringify({ ok: false, error: error instanceof Error ? error.message : String(error), steps: display.results }, null, 2));
  else console.error(`\n${message}`);
  process.exitCode = 2;
}
