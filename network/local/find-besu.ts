import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { fault } from "../../node-agent/src/model/fault.ts";

const run = promisify(execFile);

/** The version that the configuration made here is written for and tested with. */
export const pinnedBesu = "26.8.0";

/** A Besu that answers. */
export type Besu = { readonly command: string; readonly version: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** `bin/besu` under BESU_HOME, else `besu` on the PATH; null when neither is there. */
export function besuCommand(environment: Environment): string | null {
  const home = environment["BESU_HOME"];
  const places = home === undefined || home === "" ? (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "").map((folder) => join(folder, "besu")) : [join(home, "bin", "besu")];
  return places.find((place) => existsSync(place)) ?? null;
}

/**
 * Finds Besu by BESU_HOME or on the PATH and asks it for its version, which also shows whether it has the Java it needs.
 * Throws NETWORK_BESU_MISSING with the reason.
 */
export async function findBesu(environment: Environment = process.env): Promise<Besu> {
  const command = besuCommand(environment);
  const home = environment["BESU_HOME"];
  if (command === null) throw fault("NETWORK_BESU_MISSING", { why: home === undefined || home === "" ? "BESU_HOME is not set and no besu is on the PATH" : `there is no bin/besu under BESU_HOME (${home})` });
  const answer = await run(command, ["--version"], { timeout: 120_000, env: environment as NodeJS.ProcessEnv }).catch((error: Error & { readonly stderr?: string; readonly stdout?: string }) => {
    const words = `${error.stderr ?? ""}\n${error.stdout ?? ""}`.split("\n").find((line) => line.trim() !== "") ?? error.message;
    throw fault("NETWORK_BESU_MISSING", { why: `${command} --version does not answer: ${words.trim()}` }, error);
  });
  const version = /^besu\/v?([^/\s]+)\//mu.exec(answer.stdout)?.[1];
  if (version === undefined) throw fault("NETWORK_BESU_MISSING", { why: `${command} --version says nothing that looks like a version` });
  return { command, version };
}
