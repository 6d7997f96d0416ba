/** `npm run engines`: builds Kubo and IPFS Cluster of the pinned versions into `.engines/bin`, where tests and `npm start` find them. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { BuildFailed, type BuildProgress, buildEngine } from "./engines/build.ts";
import { type Engine, engines, pinnedVersion } from "./engines/catalogue.ts";
import { engineDir, wanting } from "./engines/installed.ts";

type Options = { readonly only?: Engine["key"]; readonly check: boolean; readonly force: boolean; readonly dir?: string };

function engineKey(text: string): Engine["key"] {
  const found = engines.find(({ key }) => key === text);
  if (found === undefined) throw new InvalidArgumentError(`give one of ${engines.map(({ key }) => key).join(", ")}`);
  return found.key;
}

const help = `
A first build fetches about 500 modules and compiles for five to twenty minutes; later ones take seconds. Ended before its end, it goes on from
there when started again. What is built already in the pinned version is left alone. Nothing outside ${".engines/"} and Go's own caches is written.

Status: 0 everything is there, 1 something is not (with --check) or could not be built, 2 wrong use or no Go, 130 stopped.
`;

const program = new Command("npm run engines --")
  .description("Builds the IPFS engines of a hospital (Kubo, IPFS Cluster) from their published Go modules, in the pinned versions.")
  .option("--only <engine>", `one of ${engines.map(({ key }) => key).join(", ")}`, engineKey)
  .option("--check", "only say what is there", false)
  .option("--force", "build again what is there", false)
  .option("--dir <dir>", "where the binaries go (default: .engines/bin)")
  .addHelpText("after", help)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const options = program.opts<Options>();
const dir = options.dir === undefined ? engineDir : resolve(process.env["INIT_CWD"] ?? process.cwd(), options.dir);

/** One line that is written over on a terminal; on anything else a line now and then, so that a log shows that work goes on. */
function reporter(title: string): (progress: BuildProgress) => void {
  const begun = performance.now();
  const everyMs = process.stderr.isTTY === true ? 200 : 30_000;
  let last = -everyMs;
  return ({ phase, done, of }) => {
    const now = performance.now();
    if (now - last < everyMs) return;
    last = now;
    const seconds = Math.round((now - begun) / 1000);
    const text = `  ${title}: ${phase} ${phase === "fetching" ? `modules, ${done} so far` : `packages, ${done} of at most ${of ?? 0}`} (${seconds} s)`;
    process.stderr.write(process.stderr.isTTY === true ? `\r\u001b[K${text}` : `${text}\n`);
  };
}

function goVersion(): string | null {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

async function provide(engine: Engine, signal: AbortSignal): Promise<boolean> {
  const version = pinnedVersion(engine);
  const missing = options.force ? engine.programs.map(({ name }) => name) : wanting(engine, dir);
  if (missing.length === 0) {
    console.log(`${engine.title} ${version} is there: ${engine.programs.map(({ name }) => name).join(", ")}`);
    return true;
  }
  if (options.check) {
    console.log(`${engine.title} ${version} is MISSING: ${missing.join(", ")}; build it with npm run engines`);
    return false;
  }
  console.log(`${engine.title} ${version}: building ${missing.join(", ")}`);
  await buildEngine(engine, { dir, onProgress: reporter(engine.title), signal });
  if (process.stderr.isTTY === true) process.stderr.write("\r\u001b[K");
  const still = wanting(engine, dir);
  if (still.length > 0) throw new BuildFailed(`${still.join(", ")} was built, but does not say that it is version ${version}`);
  console.log(`${engine.title} ${version} is built`);
  return true;
}

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort(new Error("stopped")));

const chosen = engines.filter(({ key }) => options.only === undefined || options.only === key);
const toBuild = options.check ? [] : chosen.filter((engine) => options.force || wanting(engine, dir).length > 0);
if (toBuild.length > 0 && goVersion() === null) {
  console.error(
    "Go is not on the PATH, and the engines are built with it. Install Go 1.26 or newer (https://go.dev/doc/install, or a package of your system), then run npm run engines again.\n" +
      "Without them everything else works: tests that need them are skipped and say so, and npm start keeps blocks in folders.",
  );
  process.exit(2);
}
try {
  let whole = true;
  for (const engine of chosen) whole = (await provide(engine, stopping.signal)) && whole;
  process.exitCode = whole ? 0 : 1;
} catch (error) {
  if (stopping.signal.aborted) {
    console.error("\nStopped; npm run engines goes on from here.");
    process.exitCode = 130;
  } else {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof BuildFailed) console.error("\nModules come from the proxy that `go env GOPROXY` names; check that it can be reached, then run npm run engines again: it goes on from here.");
    process.exitCode = 1;
  }
}
