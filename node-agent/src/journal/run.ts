import type { DatabaseSync } from "node:sqlite";
import { fault } from "../model/fault.ts";
import type { JournalRun } from "../ports/journal.ts";
import { journalJson } from "./json.ts";
import { storing } from "./storage-fault.ts";

export type OpenRun = JournalRun;

/** A recorded value as every caller gets it: parsed anew, so that no caller can change another's. */
const parsed = <Value>(json: unknown): Value => (typeof json === "string" ? (JSON.parse(json) as Value) : (undefined as Value));

/** One run, shared by everybody who has it open in this process. */
export function createRun(
  sqlite: DatabaseSync,
  name: { readonly no: number; readonly flow: string },
  close: { readonly done: () => void; readonly failed: (code: string) => void },
): OpenRun {
  const { no, flow } = name;
  const select = sqlite.prepare("SELECT value FROM steps WHERE run = ? AND name = ?");
  const insert = sqlite.prepare("INSERT INTO steps (run, name, place, value) VALUES (?1, ?2, (SELECT count(*) FROM steps WHERE run = ?1), ?3)");
  const inFlight = new Map<string, Promise<string | null>>();
  let closed = false;

  const perform = async (step: string, work: () => Promise<unknown>): Promise<string | null> => {
    const value = journalJson(await work(), { flow, step });
    if (closed) throw fault("JOURNAL_RUN_CLOSED", { flow, step });
    storing(() => insert.run(no, step, value));
    return value;
  };
  const end = (how: () => void): void => {
    if (closed) return;
    how();
    closed = true;
  };
  return {
    step: async <Value>(step: string, work: () => Promise<Value>): Promise<Value> => {
      const recorded = storing(() => select.get(no, step));
      if (recorded !== undefined) return parsed<Value>(recorded["value"]);
      if (closed) throw fault("JOURNAL_RUN_CLOSED", { flow, step });
      const begun = inFlight.get(step);
      if (begun !== undefined) return parsed<Value>(await begun);
      const running = perform(step, work).finally(() => inFlight.delete(step));
      inFlight.set(step, running);
      return parsed<Value>(await running);
    },
    done: () => end(close.done),
    failed: (code) => end(() => close.failed(code)),
  };
}
