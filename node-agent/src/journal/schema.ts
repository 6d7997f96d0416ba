import type { DatabaseSync } from "node:sqlite";
import { fault } from "../model/fault.ts";

const version = 1;
const open = 0;

/** At most one open run per name; closed runs stay beside it as a record. `value` NULL is a step that gave nothing. */
const schema = `
  CREATE TABLE runs (no INTEGER PRIMARY KEY AUTOINCREMENT, flow TEXT NOT NULL, key TEXT NOT NULL, input TEXT NOT NULL, opened_at INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state IN (0, 1, 2)), code TEXT, closed_at INTEGER) STRICT;
  CREATE UNIQUE INDEX runs_open ON runs (flow, key) WHERE state = ${open};
  CREATE INDEX runs_closed ON runs (closed_at) WHERE closed_at IS NOT NULL;
  CREATE TABLE steps (run INTEGER NOT NULL REFERENCES runs (no) ON DELETE CASCADE, name TEXT NOT NULL, place INTEGER NOT NULL, value TEXT,
    PRIMARY KEY (run, name)) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${version};
`;

/** States of a run as kept in the file. */
export const runStates = { open, done: 1, failed: 2 } as const;

/** Makes the tables in an empty file and checks every page of a kept one. Throws JOURNAL_DAMAGED: unlike an index, a journal is never thrown away. */
export function prepareJournal(sqlite: DatabaseSync): void {
  const found = sqlite.prepare("PRAGMA user_version").get()?.["user_version"];
  if (found === 0) sqlite.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`);
  else if (found !== version) throw fault("JOURNAL_DAMAGED", { why: `its format is ${String(found)}, this program knows ${version}` });
  const verdict = sqlite.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (verdict !== "ok") throw fault("JOURNAL_DAMAGED", { why: "a page does not hold what was written" });
}
