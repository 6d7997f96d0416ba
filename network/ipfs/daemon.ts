import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** A daemon of others (Kubo, a cluster peer) run as a child. */
export type Daemon = {
  readonly name: string;
  readonly pid: number;
  /** Resolves with the exit status (128 and the signal's number after a signal) when it is gone. */
  readonly gone: Promise<number>;
  /** SIGTERM, then SIGKILL after `patience` ms (default 20,000). */
  stop(patience?: number): Promise<void>;
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>;
  /** Stops it where it stands (SIGSTOP), as a machine that hangs, and lets it go on. */
  freeze(): void;
  thaw(): void;
};

export type DaemonOptions = {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Both output streams are appended here; its end is quoted when the daemon dies early. */
  readonly logFile: string;
  /** True once the daemon answers; asked again and again. */
  readonly ready: () => Promise<boolean>;
  /** Milliseconds it may take until it answers; 120,000 unless given. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
};

/**
 * These daemons know nothing of the process that wants them, so a shell stands guard: it tells the daemon's pid, and when its own standard
 * input closes, which the kernel does when we die, however we die, it ends the daemon.
 */
const guard = `exec 3<&0
"$@" <&- 3<&- & daemon=$!
echo "$daemon"
{ cat <&3 >/dev/null; kill -TERM "$daemon"; sleep 10; kill -KILL "$daemon"; } >/dev/null 2>&1 & watch=$!
wait "$daemon"; status=$?
kill "$watch" 2>/dev/null
exit "$status"`;

/** Starts a daemon and resolves when it answers. Throws with the end of its log when it ends before, or is late. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { signal } = options;
  signal?.throwIfAborted();
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, "a");
  const shell = spawn("/bin/sh", ["-c", guard, "guard", options.program, ...options.args], {
    stdio: ["pipe", "pipe", log],
    env: { ...process.env, ...options.environment },
    detached: true,
  });
  closeSync(log);
  const gone = new Promise<number>((resolve) => {
    shell.once("error", () => resolve(127));
    shell.once("exit", (code) => resolve(code ?? 1));
  });
  // The guard's watch would wait on for our end of the pipe.
  void gone.then(() => shell.stdin?.destroy());
  shell.stdin?.on("error", () => {});
  const lines = createInterface({ input: shell.stdout ?? process.stdin });
  const pid = await Promise.race([new Promise<number>((resolve) => lines.once("line", (line) => resolve(Number(line)))), gone.then(() => 0)]);
  shell.stdout?.resume();
  const send = (what: NodeJS.Signals): void => {
    try {
      if (pid > 0) process.kill(pid, what);
    } catch {
      // It is gone already.
    }
  };
  const kill = async (): Promise<void> => {
    send("SIGKILL");
    await gone;
  };
  const daemon: Daemon = {
    name: options.name,
    pid,
    gone,
    kill,
    async stop(patience = 20_000) {
      send("SIGCONT");
      send("SIGTERM");
      const timer = setTimeout(() => send("SIGKILL"), patience);
      await gone;
      clearTimeout(timer);
    },
    freeze: () => send("SIGSTOP"),
    thaw: () => send("SIGCONT"),
  };
  const until = performance.now() + (options.patience ?? 120_000);
  let ended: number | null = null;
  void gone.then((status) => {
    ended = status;
  });
  try {
    while (!(await options.ready().catch(() => false))) {
      signal?.throwIfAborted();
      if (ended !== null) throw new Error(`${options.name} ended before it was ready (status ${ended}):\n${tail(options.logFile)}`);
      if (performance.now() > until) throw new Error(`${options.name} was not ready in time:\n${tail(options.logFile)}`);
      await sleep(50);
    }
    return daemon;
  } catch (error) {
    await kill();
    throw error;
  }
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-12).join("\n");
  } catch {
    return "(no log)";
  }
}
