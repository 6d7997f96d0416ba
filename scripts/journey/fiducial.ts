import { join } from "node:path";
import type { Io } from "../../node-agent/src/cli/io.ts";
import { runProgram } from "../../node-agent/src/cli/program.ts";
import { createShutdown } from "../../node-agent/src/ops/shutdown.ts";
import type { Seat } from "../local/layout.ts";
import { Unexpected } from "./api-client.ts";
import type { World } from "./world.ts";

/** Runs the command line as somebody at an institution would type it, in this process, and gives what it prints as data. Throws Unexpected with its own words when it fails. */
export async function fiducial<Value>({ plan, seat }: Pick<World, "plan" | "seat">, at: Seat["key"], who: string, args: readonly string[]): Promise<Value> {
  const [out, err]: [string[], string[]] = [[], []];
  const io: Io = {
    out: { write: (text) => void out.push(text), terminal: false, columns: 100 },
    err: { write: (text) => void err.push(text), terminal: false, columns: 100 },
    defaults: { url: `http://127.0.0.1:${seat(at).clinicalPort}`, user: who, passwordFile: join(plan.dir, "people", `${at}-${who}.password`) },
    shutdown: createShutdown(() => {}),
    onInputEnd: () => {},
  };
  const startAgent = async () => Promise.reject(new Unexpected("the journey's people start no agents"));
  const status = await runProgram(["--json", ...args], { io, startAgent, version: "journey" });
  if (status !== 0) throw new Unexpected(`fiducial ${args.slice(0, 3).join(" ")} failed: ${err.join("").trim()}`);
  return JSON.parse(out.join("")) as Value;
}

/** The key file of an institution's governor: a person's, apart from everything an agent has. */
export const governorKeyFile = ({ plan }: Pick<World, "plan">, at: Seat["key"]): string => join(plan.dir, "people", `governor-${at}.key`);

/** The key file of a guardian, a person of that institution. */
export const guardianKeyFile = ({ plan }: Pick<World, "plan">, at: Seat["key"]): string => join(plan.dir, "people", `guardian-${at}.key`);
