import { digest } from "../model/ids.ts";
import { fault } from "../model/fault.ts";
import type { LedgerEvent } from "../model/ledger-events.ts";
import type { LedgerIndex } from "../ports/ledger-index.ts";
import type { BlockRef, LedgerBatch } from "../ports/ledger.ts";
import { applyFact, type Views } from "./apply-fact.ts";
import { bytesOf, Damage, hex, integer } from "./columns.ts";
import { createConsentsTable } from "./consents-table.ts";
import { createCreditsTable } from "./credits-table.ts";
import { type Database, isCorruption, openDatabase, removeDatabase, sqliteCode, unusable } from "./database.ts";
import { createEventsTable } from "./events-table.ts";
import { readHistory } from "./history.ts";
import { createIdsTable } from "./ids-table.ts";
import { ledgerTables, logsPerBlock, prepareLedgerSchema } from "./ledger-schema.ts";
import { createMembersTable } from "./members-table.ts";
import { type Reading, sameReading } from "./reading.ts";
import { createRequestsTable } from "./requests-table.ts";
import { stateHash } from "./state-hash.ts";
import { createStudiesTable } from "./studies-table.ts";

export type OpenLedgerIndex = LedgerIndex & {
  /** SHA-256 (hex) over all rows: two indexes that have seen the same events agree, whatever the batches were. */
  stateHash(): string;
  /** Whether opening threw away what was there: damaged, of another version, or made by another reading. */
  readonly rebuilt: boolean;
};

type Counts = ReturnType<LedgerIndex["counts"]>;
type State = { readonly cursor: BlockRef; readonly counts: Counts };

const noCounts: Counts = { events: 0, unknown: 0, studies: 0, requests: 0 };

/**
 * Opens the chain's mirror in a SQLite file, making it when absent. A damaged file or one of another version is deleted and made
 * anew with no cursor: the caller replays. With `reading`, so is one that was made from other contracts, or that holds events as unknown
 * which the present reading may know. Throws DATABASE_IN_USE and DATABASE_UNUSABLE.
 */
export function openLedgerIndex(file: string, options: { readonly cacheMebibytes?: number; readonly reading?: Reading } = {}): OpenLedgerIndex {
  const { reading } = options;
  const cacheKibibytes = (options.cacheMebibytes ?? 64) * 1024;
  const open = (): Database => openDatabase(file, { what: "ledger index", synchronous: "NORMAL", secureDelete: false, cacheKibibytes, logPages: 16_000 });
  const usable = (): Database | null => {
    try {
      const database = open();
      if (prepareLedgerSchema(database) && (reading === undefined || sameReading(database, reading))) return database;
      database.close();
      return null;
    } catch (error) {
      if (isCorruption(error)) return null;
      throw error;
    }
  };
  const kept = usable();
  if (kept !== null) return createLedgerIndex(kept, false);
  removeDatabase(file);
  const made = open();
  prepareLedgerSchema(made);
  if (reading !== undefined) sameReading(made, reading);
  return createLedgerIndex(made, true);
}

function createLedgerIndex(database: Database, rebuilt: boolean): OpenLedgerIndex {
  const ids = createIdsTable(database);
  const studies = createStudiesTable(database, ids);
  const requests = createRequestsTable(database, ids);
  const consents = createConsentsTable(database, ids);
  const members = createMembersTable(database);
  const credits = createCreditsTable(database);
  const events = createEventsTable(database, ids, studies, requests);
  const views: Views = { ids, members, studies, consents, requests, credits };
  const putState = database.statement("INSERT OR REPLACE INTO state (one, block, hash, timestamp, events, unknown, studies, requests) VALUES (1, ?, ?, ?, ?, ?, ?, ?)");
  let state = readState(database);

  /** Damage met while running becomes a fault that says to restart: opening rebuilds. */
  const guarded = <Arguments extends readonly unknown[], Value>(work: (...given: Arguments) => Value) => (...given: Arguments): Value => {
    try {
      return work(...given);
    } catch (error) {
      if (error instanceof Damage) throw fault("LEDGER_INDEX_DAMAGED", { why: error.message }, error);
      if (isCorruption(error)) throw fault("LEDGER_INDEX_DAMAGED", { why: "a page does not hold what was written" }, error);
      if (error instanceof Error && sqliteCode(error) !== null) throw unusable("ledger index", error);
      throw error;
    }
  };

  const apply = (batches: readonly LedgerBatch[]): void => {
    const last = batches.at(-1);
    if (last === undefined) return;
    checkOrder(state?.cursor.number ?? -1, batches);
    try {
      state = database.transaction(() => {
        let counts = state?.counts ?? noCounts;
        for (const { events: ofBlock } of batches) {
          for (const event of ofBlock) {
            applyFact(views, event);
            events.insert(event);
          }
          counts = counted(counts, ofBlock);
        }
        const { number, hash, timestamp } = last.block;
        putState.run(number, bytesOf(hash), timestamp, counts.events, counts.unknown, counts.studies, counts.requests);
        return { cursor: { number, hash, timestamp }, counts };
      });
    } catch (error) {
      ids.forget();
      throw error;
    }
  };

  return {
    rebuilt,
    cursor: () => state?.cursor ?? null,
    apply: guarded(apply),
    history: guarded((query) => readHistory(database, ids, events, query)),
    member: guarded(members.member),
    members: guarded(members.members),
    memberBySpki: guarded(members.bySpki),
    study: guarded(studies.study),
    studies: guarded(studies.studies),
    consent: guarded(consents.consent),
    consents: guarded(consents.consents),
    consentFor: guarded(consents.consentFor),
    request: guarded(requests.request),
    requests: guarded(requests.requests),
    lastCredit: guarded((subject) => {
      const score = credits.last(subject);
      return score === null ? null : { subject, score };
    }),
    counts: () => state?.counts ?? noCounts,
    stateHash: guarded(() => stateHash(database, ledgerTables)),
    close: database.close,
  };
}

function readState(database: Database): State | null {
  const row = database.statement("SELECT * FROM state").get();
  if (row === undefined) return null;
  const cursor = { number: integer(row, "block"), hash: digest(hex(row, "hash")), timestamp: integer(row, "timestamp") };
  return { cursor, counts: { events: integer(row, "events"), unknown: integer(row, "unknown"), studies: integer(row, "studies"), requests: integer(row, "requests") } };
}

/** Counting rows would walk a whole table; ids are never used twice on the chain, so counting events is the same. */
function counted(before: Counts, events: readonly LedgerEvent[]): Counts {
  const of = (kind: LedgerEvent["kind"]): number => events.reduce((sum, event) => sum + (event.kind === kind ? 1 : 0), 0);
  return {
    events: before.events + events.length,
    unknown: before.unknown + of("Unknown"),
    studies: before.studies + of("StudyRegistered"),
    requests: before.requests + of("AccessRequested"),
  };
}

/** Blocks must rise above the cursor and events must lie in their block, in order: otherwise a history would have holes or doubles. */
function checkOrder(cursor: number, batches: readonly LedgerBatch[]): void {
  let previous = cursor;
  for (const { block, events } of batches) {
    if (block.number <= previous) throw fault("LEDGER_INDEX_GAP", { cursor: previous, block: block.number });
    previous = block.number;
    let log = -1;
    for (const event of events) {
      if (event.block !== block.number) throw fault("LEDGER_INDEX_BATCH_INVALID", { block: block.number, why: `it holds an event of block ${event.block}` });
      if (event.logIndex <= log) throw fault("LEDGER_INDEX_BATCH_INVALID", { block: block.number, why: "its events are not in log order" });
      if (event.logIndex >= logsPerBlock) throw fault("LEDGER_INDEX_BATCH_INVALID", { block: block.number, why: `log index ${event.logIndex} is out of range` });
      log = event.logIndex;
    }
  }
}
