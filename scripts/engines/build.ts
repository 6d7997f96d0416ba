import { spawn } from "node:child_process";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Engine, moduleDir } from "./catalogue.ts";

export type BuildProgress = {
  /** Modules were fetched, or packages compiled; `of` is null while the whole is unknown. */
  readonly phase: "fetching" | "compiling";
  readonly done: number;
  readonly of: number | null;
};

export type BuildOptions = {
  /** Folder that receives the binaries, made if absent. */
  readonly dir: string;
  readonly onProgress: (progress: BuildProgress) => void;
  /** Ends the build; what Go has fetched and compiled so far stays in its caches, so that the next build goes on from there. */
  readonly signal: AbortSignal;
};

/** A Go command that failed; the message holds its last words. */
export class BuildFailed extends Error {
  override readonly name = "BuildFailed";
}

/** Pure Go (no C compiler needed), nothing that differs between checkouts, and exactly the committed go.mod and go.sum. */
const environment = { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off", GOTOOLCHAIN: "auto" };

/** Runs `go` in the wrapper module, handing over each line it prints on either stream. */
async function go(engine: Engine, args: readonly string[], signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
  signal.throwIfAborted();
  const child = spawn("go", args, { cwd: moduleDir(engine), env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"], signal });
  const words: string[] = [];
  const read = async (stream: NodeJS.ReadableStream): Promise<void> => {
    for await (const line of createInterface({ input: stream })) {
      words.push(line);
      if (words.length > 30) words.shift();
      onLine(line);
    }
  };
  const [status] = await Promise.all([
    new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    }),
    read(child.stdout),
    read(child.stderr),
  ]);
  if (status !== 0) throw new BuildFailed(`go ${args[0]} ended with status ${status}:\n${words.join("\n")}`);
}

/** Fetches and compiles the programs of an engine into `dir`; each appears there only whole. Throws BuildFailed, and the signal's reason. */
export async function buildEngine(engine: Engine, { dir, onProgress, signal }: BuildOptions): Promise<void> {
  await mkdir(dir, { recursive: true });
  const packages = engine.programs.map((program) => program.package);
  let fetched = 0;
  onProgress({ phase: "fetching", done: 0, of: null });
  // `go list -deps` fetches what the programs need and nothing else; each fetched module is one line on standard error.
  let all = 0;
  await go(engine, ["list", "-deps", ...packages], signal, (line) => {
    if (line.startsWith("go: downloading ")) onProgress({ phase: "fetching", done: ++fetched, of: null });
    else all++;
  });
  let compiled = 0;
  for (const program of engine.programs) {
    const part = join(dir, `.${program.name}.new`);
    try {
      // -v names each package as it is compiled; what the cache has already is not named.
      await go(engine, ["build", "-v", "-trimpath", "-ldflags=-s -w", "-o", part, program.package], signal, (line) => {
        if (!line.startsWith("go: ")) onProgress({ phase: "compiling", done: ++compiled, of: all });
      });
      await rename(part, join(dir, program.name));
    } finally {
      await rm(part, { force: true });
    }
  }
}
