import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

/** A running child of the local consortium. */
export type Child = {
  readonly name: string;
  readonly pid: number;
  /** Resolves with the exit code or signal name when the process is gone, whoever ended it. */
  readonly gone: Promise<number | string>;
  /** Asks for a clean end (SIGTERM) and waits; after `patience` ms it is killed. True when it ended by itself with status 0. */
  stop(patience?: number): Promise<boolean>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
};

export type ChildOptions = {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  /** Standard error goes here (appended); it is quoted when the child dies early. */
  readonly logFile: string;
  readonly patience?: number;
  /** A child that is not ready yet is killed when this aborts. */
  readonly signal?: AbortSignal;
};

/**
 * Starts a node program whose first line on standard output is a JSON ready line, and resolves with that line. The child holds a pipe of
 * ours as standard input, so that it ends when this process does, however that happens.
 * Throws with the end of its log when it ends before it is ready.
 */
export async function startChild<Ready>(options: ChildOptions): Promise<{ child: Child; ready: Ready }> {
  const { signal } = options;
  signal?.throwIfAborted();
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, "a");
  const process_ = spawn(process.execPath, [options.script, ...options.args], { stdio: ["pipe", "pipe", log], detached: true });
  closeSync(log);
  const gone = new Promise<number | string>((resolve) => {
    process_.once("exit", (code, signal) => resolve(code ?? signal ?? 1));
    process_.once("error", () => resolve(1));
  });
  const child: Child = {
    name: options.name,
    pid: process_.pid ?? 0,
    gone,
    stop: (patience = 15_000) => stop(process_, gone, patience),
    async kill() {
      process_.kill("SIGKILL");
      await gone;
    },
  };
  const timer = new AbortController();
  const late = new Promise<never>((_resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error(`${options.name} was not ready in time; see ${options.logFile}`)), options.patience ?? 60_000);
    timer.signal.addEventListener("abort", () => clearTimeout(timeout));
  });
  const early = gone.then((how) => {
    throw new Error(`${options.name} ended before it was ready (${how}):\n${tail(options.logFile)}`);
  });
  early.catch(() => {});
  const unwanted = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { signal: timer.signal });
  });
  try {
    const ready = await Promise.race([firstLine<Ready>(process_), early, late, unwanted]);
    return { child, ready };
  } catch (error) {
    await child.kill();
    throw error;
  } finally {
    timer.abort();
  }
}

async function firstLine<Ready>(child: ChildProcess): Promise<Ready> {
  const { stdout } = child;
  if (stdout === null) throw new Error("the child has no standard output");
  const lines = createInterface({ input: stdout });
  for await (const line of lines) {
    if (!line.startsWith("{")) continue;
    stdout.resume(); // nobody reads further lines; a full pipe must not stop the child
    return JSON.parse(line) as Ready;
  }
  return await new Promise<never>(() => {}); // the stream closed: `gone` tells why
}

async function stop(child: ChildProcess, gone: Promise<number | string>, patience: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return (await gone) === 0;
  child.kill("SIGTERM");
  const timeout = setTimeout(() => child.kill("SIGKILL"), patience);
  const how = await gone;
  clearTimeout(timeout);
  return how === 0;
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-12).join("\n");
  } catch {
    return "(no log)";
  }
}
