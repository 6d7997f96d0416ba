import type { Address, StudyId } from "../model/ids.ts";
import type { HistoryPage, HistoryQuery } from "../ports/ledger-index.ts";
import type { Database } from "./database.ts";
import { eventKinds } from "./event-row.ts";
import { type EventsTable, seqOf } from "./events-table.ts";
import type { IdsTable } from "./ids-table.ts";
import { integer } from "./columns.ts";

/** One ordered walk along an index: `column = value`. Several arms are merged. Column null walks all events. */
type Arm = { readonly column: string | null; readonly value: number };
/** What the rows of every arm must satisfy besides. A `+` keeps SQLite from taking another index for it. */
type Residue = { readonly conditions: readonly string[]; readonly values: readonly (number | string)[] };

const largestPage = 1000;
const memberColumns = ["m1", "m2", "m3"] as const;

/** The text of an arm's query; each walks one index of `events` in order of `seq` and stops at the page's size. */
export function armText(column: string | null, conditions: readonly string[], ascending: boolean): string {
  const all = [...(column === null ? [] : [`${column} = ?`]), `seq ${ascending ? ">" : "<"} ?`, ...conditions];
  return `SELECT seq FROM events ${column === null ? "" : `INDEXED BY events_${column}`} WHERE ${all.join(" AND ")} ORDER BY seq ${ascending ? "ASC" : "DESC"} LIMIT ?`;
}

/** A page of events: the arms of the narrowest key given, merged, the other keys checked row by row. */
export function readHistory(database: Database, ids: IdsTable, events: EventsTable, query: HistoryQuery): HistoryPage {
  const limit = Math.min(largestPage, Math.max(1, Math.floor(query.limit)));
  const ascending = query.ascending ?? false;
  const bound = query.before === undefined ? (ascending ? -1 : Number.MAX_SAFE_INTEGER) : seqOf(query.before);
  const { arms, residue } = planOf(query, ids);
  const found = new Set<number>();
  for (const arm of arms) {
    const values = [...(arm.column === null ? [] : [arm.value]), bound, ...residue.values, limit + 1];
    for (const row of database.statement(armText(arm.column, residue.conditions, ascending)).all(...values)) found.add(integer(row, "seq"));
  }
  const ordered = [...found].sort((one, two) => (ascending ? one - two : two - one));
  const page = ordered.slice(0, limit).map(events.event);
  const last = page.at(-1);
  return { events: page, next: ordered.length > limit && last !== undefined ? { block: last.block, logIndex: last.logIndex } : null };
}

function planOf(query: HistoryQuery, ids: IdsTable): { readonly arms: readonly Arm[]; readonly residue: Residue } {
  const conditions: string[] = [];
  const values: (number | string)[] = [];
  let arms: readonly Arm[] | null = null;
  /** The first key given, narrowest first, leads; the later ones are checked. */
  const key = (own: readonly Arm[], check: string, ...checked: (number | string)[]): void => {
    if (arms === null) arms = own;
    else {
      conditions.push(check);
      values.push(...checked);
    }
  };
  const one = (column: string, id: StudyId | HistoryQuery["request"]): void => {
    if (id === undefined) return;
    const no = ids.find(id);
    key(no === null ? [] : [{ column, value: no }], `+${column} = ?`, no ?? -1);
  };
  one("request", query.request);
  one("study", query.study);
  if (query.patients !== undefined) {
    const numbers = numbersOf(query.patients, ids);
    key(numbers.map((value) => ({ column: "patient", value })), "+patient IN (SELECT value FROM json_each(?))", JSON.stringify(numbers));
  }
  if (query.member !== undefined) {
    const value = query.member;
    key(memberColumns.map((column) => ({ column, value })), "? IN (m1, m2, m3)", value);
  }
  const kinds = query.kinds === undefined ? null : [...new Set(query.kinds)].map((kind) => eventKinds.indexOf(kind));
  if (kinds !== null) key(kinds.map((value) => ({ column: "kind", value })), `+kind IN (${kinds.sort((a, b) => a - b).join(", ")})`);
  // SQLite sees that nothing can match an empty list, and then refuses the index it is told to use.
  if (kinds?.length === 0) return { arms: [], residue: { conditions, values } };
  return { arms: arms ?? [{ column: null, value: 0 }], residue: { conditions, values } };
}

const numbersOf = (patients: readonly Address[], ids: IdsTable): number[] => [...new Set(patients)].map(ids.find).filter((no) => no !== null);
