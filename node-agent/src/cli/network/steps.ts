import { setTimeout as sleep } from "node:timers/promises";
import { fault } from "../../model/fault.ts";
import type { Context } from "../context.ts";

/** Where a step stands: done, or what it waits for and what a person has to do meanwhile (null: nothing, others work on it). */
export type StepState = { readonly done: true; readonly detail: string } | { readonly done: false; readonly detail: string; readonly next: string | null };
/** One step. `look` finds out where it stands from what is there, does what this program can do about it, and may be called as often as one likes. */
export type Step = { readonly name: string; look(): Promise<StepState> };
export type StepRow = { readonly name: string } & StepState;

export const done = (detail: string): StepState => ({ done: true, detail });
export const waits = (detail: string, next: string | null): StepState => ({ done: false, detail, next });

/** Goes through the steps in order up to the first that waits. */
export async function walkSteps(steps: readonly Step[]): Promise<StepRow[]> {
  const rows: StepRow[] = [];
  for (const { name, look } of steps) {
    const state = await look();
    rows.push({ name, ...state });
    if (!state.done) break;
  }
  return rows;
}

const line = (row: StepRow): string => `${row.done ? "done " : "WAITS"}  ${row.name}: ${row.detail}${row.done || row.next === null ? "" : `\n       -> ${row.next.replaceAll("\n", "\n          ")}`}`;

/**
 * Runs the steps until all are done; with `wait` again and again, telling each change, else once. Throws NETWORK_NOT_THERE_YET when something is left: exit status 6.
 */
export async function runSteps(context: Context, steps: readonly Step[], { wait, everyMs = 3000, finished }: { readonly wait: boolean; readonly everyMs?: number; readonly finished: string }): Promise<void> {
  const told = new Map<string, string>();
  for (;;) {
    const rows = await walkSteps(steps);
    for (const row of rows) {
      const text = line(row);
      if (told.get(row.name) !== text) context.note(text);
      told.set(row.name, text);
    }
    const left = rows.find((row) => !row.done);
    if (left === undefined || !wait) {
      const total = steps.map(({ name }) => rows.find((row) => row.name === name) ?? { name, done: false, detail: "not begun", next: null });
      context.result({ finished: left === undefined, steps: total }, () => (left === undefined ? finished : `${rows.filter((row) => row.done).length} of ${steps.length} steps are done.`));
      if (left !== undefined) throw fault("NETWORK_NOT_THERE_YET", { step: left.name, why: left.detail });
      return;
    }
    await sleep(everyMs, undefined, { signal: context.signal });
  }
}
