import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import type { Io } from "../../../node-agent/src/cli/io.ts";
import { runProgram } from "../../../node-agent/src/cli/program.ts";
import { createShutdown } from "../../../node-agent/src/ops/shutdown.ts";

export type Ran = { readonly status: number; readonly out: string; readonly err: string; json<Value>(): Value };

/** Runs one command line in this process and catches what it prints; `err` can be read while a long one runs. */
export async function fiducial(args: readonly string[], defaults: Partial<Io["defaults"]> = {}, err: string[] = []): Promise<Ran> {
  const out: string[] = [];
  const io: Io = {
    out: { write: (text) => void out.push(text), terminal: false, columns: 100 },
    err: { write: (text) => void err.push(text), terminal: false, columns: 100 },
    defaults: { url: null, user: null, passwordFile: null, ...defaults },
    shutdown: createShutdown(() => {}),
    onInputEnd: () => {},
  };
  const startAgent = async () => {
    throw new Error("no command in these tests starts an agent");
  };
  const status = await runProgram(args, { io, startAgent, version: "0.0.0" });
  return { status, out: out.join(""), err: err.join(""), json: <Value>() => JSON.parse(out.join("")) as Value };
}

/** A folder that is gone after the test. */
export async function folder(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-cli-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
