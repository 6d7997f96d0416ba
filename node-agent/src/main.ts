#!/usr/bin/env node
/** The program: argv, environment, signals and standard streams meet the command line here and nowhere else. */
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import type { Output } from "./cli/io.ts";
import { runProgram } from "./cli/program.ts";
import { createShutdown } from "./ops/shutdown.ts";

// Files are written, made durable and read by this many threads at once; Node's own four would wait for one disk flush after another. The
// pool begins with its first task, so this must come before it.
process.env["UV_THREADPOOL_SIZE"] ??= "16";

const output = (stream: NodeJS.WriteStream): Output => ({
  write: (text) => void stream.write(text),
  terminal: stream.isTTY === true,
  columns: stream.columns ?? 100,
});

const shutdown = createShutdown(() => process.exit(130));
process.on("SIGINT", () => shutdown.insist("SIGINT"));
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => shutdown.request(signal));
// `fiducial ... | head` closes the pipe early: nobody is left to tell.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.stderr.on("error", () => {});

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };

process.exitCode = await runProgram(process.argv.slice(2), {
  version,
  io: {
    out: output(process.stdout),
    err: output(process.stderr),
    defaults: {
      url: process.env["FIDUCIAL_URL"] ?? null,
      user: process.env["FIDUCIAL_USER"] ?? null,
      passwordFile: process.env["FIDUCIAL_PASSWORD_FILE"] ?? null,
    },
    shutdown,
    onInputEnd(then) {
      process.stdin.once("end", then).once("error", then).once("close", then).resume();
    },
  },
  // Loaded when needed: most commands only talk HTTP and start in a fraction of the time without it.
  async startAgent(config, { passphrase, log }) {
    // Without it V8 collects the whole heap for every few dozen megabytes of image data that pass by outside of it: most of an agent's
    // processor time (docs/performance.md). It weighs buffers and heap together instead.
    setFlagsFromString("--external-memory-accounted-in-global-limit");
    // Left to itself it lets both grow to up to four times what is in use before it collects, on a machine with much memory: hundreds of
    // megabytes after a study of many small instances. Half as much again as is in use costs little processor time (docs/performance.md).
    setFlagsFromString("--heap-growing-percent=50");
    const { createAgent } = await import("./agent.ts");
    const agent = createAgent(config, { passphrase, log });
    const urls = await agent.start();
    return { urls, recovery: () => agent.recovery(), stop: () => agent.stop() };
  },
});
// A parent's pipe that is still open would keep a stopped agent alive.
process.stdin.removeAllListeners().destroy();
