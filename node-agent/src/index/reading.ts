import type { Database } from "./database.ts";
import { text } from "./columns.ts";

/** What an index was made from: which contracts were followed, and which of their events could be read; fingerprints. */
export type Reading = { readonly contracts: string; readonly events: string };

/**
 * Whether what is kept was made by the present reading. Other contracts: events of theirs are missing. Other events while some are parked
 * as unknown: a newer version of the agent may read them now, and in their place, so that the views come out right. Notes the present
 * reading when the file is good as it is.
 */
export function sameReading(database: Database, reading: Reading): boolean {
  const row = database.statement("SELECT contracts, events FROM reading").get();
  if (row !== undefined) {
    if (text(row, "contracts") !== reading.contracts) return false;
    const unknown = database.number("SELECT coalesce(max(unknown), 0) FROM state");
    if (unknown > 0 && text(row, "events") !== reading.events) return false;
  } else if (database.number("SELECT count(*) FROM state") > 0) return false;
  database.statement("INSERT OR REPLACE INTO reading (one, contracts, events) VALUES (1, ?, ?)").run(reading.contracts, reading.events);
  return true;
}
