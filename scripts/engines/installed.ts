import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Engine, pinnedVersion } from "./catalogue.ts";

/** The ignored folder of this checkout that holds built engines. */
export const engineDir = join(import.meta.dirname, "..", "..", ".engines", "bin");

/** Programs of an engine that are missing from `dir`, or there in another version. Empty when all is well. */
export function wanting(engine: Engine, dir = engineDir): string[] {
  const version = pinnedVersion(engine);
  return engine.programs.filter(({ name, versionArgs }) => versionOf(join(dir, name), versionArgs) !== version).map(({ name }) => name);
}

/** The version number a binary tells, or null when it is not there or does not run. */
export function versionOf(file: string, versionArgs: readonly string[]): string | null {
  if (!existsSync(file)) return null;
  const { status, stdout } = spawnSync(file, versionArgs, { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? (/\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?/u.exec(stdout)?.[0] ?? null) : null;
}
