import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { fault } from "../../node-agent/src/model/fault.ts";

/**
 * Takes the folder for this process until `release` or death. The lock is SQLite's exclusive lock on an empty file, that is a lock of the
 * kernel: it can not go stale after SIGKILL as a file with a process id in it would. Throws CHAIN_LOCKED.
 */
export function lockFolder(dir: string): { release(): void } {
  const database = new DatabaseSync(join(dir, "lock"), { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw fault("CHAIN_LOCKED", { dir }, error);
  }
  return { release: () => database.close() };
}
