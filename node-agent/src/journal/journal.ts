import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Journal, JournalEntry } from "../ports/journal.ts";
import { journalJson } from "./json.ts";
import { createRun, type OpenRun } from "./run.ts";
import { prepareJournal, runStates } from "./schema.ts";
import { storing } from "./storage-fault.ts";

export type JournalOptions = {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** How long closed runs are kept, milliseconds; 30 days when not given. */
  readonly keepMilliseconds?: number;
};

const thirtyDays = 30 * 86_400_000;
/** Closings between two looks for runs to forget. */
const closingsPerPrune = 1000;

/**
 * Opens the journal of flows, making it (mode 0600) when absent. Every recorded step survives a power cut. A second `open` of an
 * unfinished run gives the same run: callers share steps in flight. A closed run is history: opening its name again starts a new one.
 * Throws JOURNAL_DAMAGED, DATABASE_IN_USE, DATABASE_UNUSABLE.
 */
export function openJournal(file: string, options: JournalOptions = {}): Journal {
  const now = options.now ?? Date.now;
  const keep = options.keepMilliseconds ?? thirtyDays;
  const sqlite = storing(() => openFile(file));
  const runs = new Map<string, OpenRun>();
  let closings = 0;

  const insert = sqlite.prepare("INSERT INTO runs (flow, key, input, opened_at, state) VALUES (?, ?, ?, ?, 0)");
  const find = sqlite.prepare("SELECT no FROM runs WHERE flow = ? AND key = ? AND state = 0");
  const close = sqlite.prepare("UPDATE runs SET state = ?, code = ?, closed_at = ? WHERE no = ? AND state = 0");
  const prune = sqlite.prepare("DELETE FROM runs WHERE closed_at < ?");
  const unfinished = sqlite.prepare(`SELECT flow, key, input, opened_at, (SELECT json_group_array(name ORDER BY place) FROM steps WHERE run = no) AS steps
    FROM runs WHERE state = 0 ORDER BY no`);
  prune.run(now() - keep);

  return {
    open: (flow, key, input) => {
      const name = JSON.stringify([flow, key]);
      const shared = runs.get(name);
      if (shared !== undefined) return shared;
      const json = journalJson(input ?? null, { flow, step: "input" });
      const no = storing(() => Number(find.get(flow, key)?.["no"] ?? insert.run(flow, key, json, now()).lastInsertRowid));
      const end = (state: number, code: string | null): void => {
        storing(() => close.run(state, code, now(), no));
        runs.delete(name);
        closings += 1;
        if (closings % closingsPerPrune === 0) prune.run(now() - keep);
      };
      const run = createRun(sqlite, { no, flow }, { done: () => end(runStates.done, null), failed: (code) => end(runStates.failed, code) });
      runs.set(name, run);
      return run;
    },
    unfinished: () =>
      unfinished.all().map(
        (row): JournalEntry => ({
          flow: String(row["flow"]),
          key: String(row["key"]),
          input: JSON.parse(String(row["input"])) as unknown,
          steps: JSON.parse(String(row["steps"])) as string[],
          openedAt: Number(row["opened_at"]),
        }),
      ),
    close: () => {
      runs.clear();
      if (sqlite.isOpen) sqlite.close();
    },
  };
}

/** Opens the file for this process alone. Errors are SQLite's own. */
function openFile(file: string): DatabaseSync {
  let sqlite: DatabaseSync | null = null;
  try {
    sqlite = new DatabaseSync(file, { timeout: 2000, enableForeignKeyConstraints: true });
    // Exclusive: two agents taking up the same flows would do everything twice.
    sqlite.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF; BEGIN EXCLUSIVE; COMMIT`);
    chmodSync(file, 0o600);
    prepareJournal(sqlite);
    return sqlite;
  } catch (error) {
    sqlite?.close();
    throw error;
  }
}
