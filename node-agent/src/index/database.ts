import { chmodSync, rmSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type Fault, fault } from "../model/fault.ts";

export type Database = {
  readonly sqlite: DatabaseSync;
  /** A prepared statement, kept for the life of the database. Texts are a closed set: values are always bound. */
  statement(text: string): StatementSync;
  /** One number from a PRAGMA or a COUNT. */
  number(text: string, ...values: SQLInputValue[]): number;
  /** Runs `work` between BEGIN IMMEDIATE and COMMIT; rolls back and rethrows when it throws. */
  transaction<Value>(work: () => Value): Value;
  close(): void;
};

export type DatabaseOptions = {
  /** For people, in errors: "catalogue". */
  readonly what: string;
  /** FULL: a returned commit survives a power cut. NORMAL: it survives a killed process. */
  readonly synchronous: "FULL" | "NORMAL";
  /** Overwrite deleted content with zeros in the file. */
  readonly secureDelete: boolean;
  readonly cacheKibibytes: number;
  /** Pages (4 KiB) of log before they are moved into the file: more is faster for scattered writes and takes that much more disk. */
  readonly logPages: number;
};

/** SQLite's primary result code (https://sqlite.org/rescode.html) of an error of node:sqlite, or null for other errors. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 0xff;
}

const busy = 5;
const corrupt = 11;
const full = 13;
const notADatabase = 26;

/** What an error of SQLite that is no corruption means to the operator: DATABASE_FULL or DATABASE_UNUSABLE. `what` names the database for people. */
export const unusable = (what: string, error: unknown): Fault =>
  sqliteCode(error) === full ? fault("DATABASE_FULL", { what }, error) : fault("DATABASE_UNUSABLE", { what, why: error instanceof Error ? error.message : "unknown reason" }, error);

/** Whether the error says that the file's content is not what SQLite wrote. */
export const isCorruption = (error: unknown): boolean => [corrupt, notADatabase].includes(sqliteCode(error) ?? 0);

/**
 * Opens (or makes, mode 0600) a SQLite file in WAL mode for this process alone and checks every page of it.
 * Throws DATABASE_IN_USE, DATABASE_FULL, DATABASE_UNUSABLE; a corrupt file is thrown as SQLite's own error (see `isCorruption`).
 */
export function openDatabase(file: string, options: DatabaseOptions): Database {
  let sqlite: DatabaseSync | null = null;
  try {
    sqlite = new DatabaseSync(file, { timeout: 2000 });
    // Exclusive before WAL: no -shm file, and a second agent on the same folder is refused instead of interleaved.
    sqlite.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous};
      PRAGMA secure_delete = ${options.secureDelete ? "ON" : "OFF"}; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${options.cacheKibibytes};
      PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = ${options.logPages}; PRAGMA journal_size_limit = 67108864; BEGIN EXCLUSIVE; COMMIT`);
    chmodSync(file, 0o600);
    const verdict = sqlite.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (verdict !== "ok") throw Object.assign(new Error("quick_check failed"), { errcode: corrupt });
    return wrap(sqlite);
  } catch (error) {
    sqlite?.close();
    if (isCorruption(error)) throw error;
    if (sqliteCode(error) === busy) throw fault("DATABASE_IN_USE", { what: options.what }, error);
    throw unusable(options.what, error);
  }
}

/** Removes a database with the files SQLite keeps beside it. */
export function removeDatabase(file: string): void {
  for (const path of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`]) rmSync(path, { force: true });
}

function wrap(sqlite: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  const statement = (text: string): StatementSync => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    const made = sqlite.prepare(text);
    statements.set(text, made);
    return made;
  };
  return {
    sqlite,
    statement,
    number: (text, ...values) => {
      const [value] = Object.values(statement(text).get(...values) ?? {});
      if (typeof value !== "number") throw new TypeError("no number in the first column");
      return value;
    },
    transaction: (work) => {
      sqlite.exec("BEGIN IMMEDIATE");
      try {
        const value = work();
        sqlite.exec("COMMIT");
        return value;
      } catch (error) {
        // A full disk may have rolled back already; a second ROLLBACK would hide the first error.
        if (sqlite.isTransaction) sqlite.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => {
      statements.clear();
      if (sqlite.isOpen) sqlite.close();
    },
  };
}
