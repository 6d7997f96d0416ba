import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export type CommandResult = {
  /** The program's exit status; 1 if it was ended from outside. */
  readonly status: number;
  /** Every line of both streams, in the order they came. */
  readonly output: string;
  /** True if it was ended because it said nothing for too long. */
  readonly stalled: boolean;
};

export type CommandOptions = {
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it runs; here unless given. */
  readonly cwd?: string;
  /** Without a line for this long the program is ended with all that it started. It may take its time for ever unless this is given. */
  readonly patienceSeconds?: number;
};

function signalGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * Runs a program of this checkout to its end, handing over each line of both streams as it comes.
 * The program leads a process group of its own: a daemon that it started and forgot ends with it and is not waited for.
 */
export async function runCommand(command: string, args: readonly string[], onLine: (line: string) => void, options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, ...(options.cwd === undefined ? {} : { cwd: options.cwd }), env: { ...process.env, FORCE_COLOR: "0", ...options.environment } });
  const interrupted = (): never => {
    signalGroup(child.pid, "SIGTERM");
    process.exit(130);
  };
  process.on("SIGINT", interrupted).on("SIGTERM", interrupted);
  let stalled = false;
  const giveUp = (): void => {
    stalled = true;
    signalGroup(child.pid, "SIGTERM");
    setTimeout(() => signalGroup(child.pid, "SIGKILL"), 5000);
  };
  const patience = options.patienceSeconds === undefined ? null : setTimeout(giveUp, options.patienceSeconds * 1000);
  const kept: string[] = [];
  const read = async (stream: NodeJS.ReadableStream): Promise<void> => {
    for await (const line of createInterface({ input: stream })) {
      patience?.refresh();
      kept.push(line);
      onLine(line);
    }
  };
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      resolve(code ?? 1);
      // What it left behind holds the streams open, and they are read to their end.
      setTimeout(() => signalGroup(child.pid, "SIGKILL"), 2000);
    });
  });
  try {
    const [status] = await Promise.all([exited, read(child.stdout), read(child.stderr)]);
    return { status: stalled ? 1 : status, output: kept.join("\n"), stalled };
  } finally {
    if (patience !== null) clearTimeout(patience);
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  }
}
