import { Fault } from "../model/fault.ts";

/** A flow that failed and will be tried again. Times are milliseconds since the epoch. */
export type FailedAttempt = {
  readonly flow: string;
  readonly key: string;
  readonly attempts: number;
  readonly code: string;
  readonly message: string;
  readonly nextAt: number;
};

const firstDelayMs = 500;
const longestDelayMs = 60_000;

/**
 * Runs flows of the reconciliation loop: one at a time per (flow, key), a bounded number per flow, and after a failure not again
 * before a delay that doubles from half a second to a minute. Failures stay listed until the flow succeeds or is not asked for any more.
 */
export class Attempts {
  readonly #now: () => number;
  readonly #limit: number;
  readonly #running = new Map<string, Promise<void>>();
  readonly #counts = new Map<string, number>();
  /** What was asked for in this pass. */
  readonly #asked = new Set<string>();
  readonly #failed = new Map<string, FailedAttempt>();

  /** `now` is the clock; `limit` the number of runs of one flow together: a flow that waits for others must not hold up the rest. */
  constructor(now: () => number, limit = 4) {
    this.#now = now;
    this.#limit = limit;
  }

  /** Starts `work` unless it is running, waiting after a failure, or no slot is free (an urgent one needs none). `settled` hears the outcome; nothing is thrown. */
  start(flow: string, key: string, work: () => Promise<unknown>, settled: (error: unknown) => void, urgent = false): boolean {
    const name = `${flow} ${key}`;
    this.#asked.add(name);
    const before = this.#failed.get(name);
    if (this.#running.has(name) || (!urgent && (this.#counts.get(flow) ?? 0) >= this.#limit)) return false;
    if (before !== undefined && before.nextAt > this.#now()) return false;
    const run = work().then(
      () => {
        this.#failed.delete(name);
        this.#ended(flow, name);
        settled(null);
      },
      (error: unknown) => {
        const attempts = (before?.attempts ?? 0) + 1;
        const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts - 1, 10));
        const code = error instanceof Fault ? error.code : "HTTP_INTERNAL";
        const message = error instanceof Fault ? error.message : "an unexpected error; see the log";
        this.#failed.set(name, { flow, key, attempts, code, message, nextAt: this.#now() + delay });
        this.#ended(flow, name);
        settled(error);
      },
    );
    this.#running.set(name, run);
    this.#counts.set(flow, (this.#counts.get(flow) ?? 0) + 1);
    return true;
  }

  /** Ends a pass over everything that is due: failures of what nobody asked for in it are over (a consent ended, a study was withdrawn) and are forgotten. */
  endPass(): void {
    for (const name of this.#failed.keys()) if (!this.#asked.has(name) && !this.#running.has(name)) this.#failed.delete(name);
    this.#asked.clear();
  }

  /** Failures of one flow, or of all. */
  failures(flow?: string): FailedAttempt[] {
    return [...this.#failed.values()].filter((row) => flow === undefined || row.flow === flow);
  }

  isRunning(flow: string, key: string): boolean {
    return this.#running.has(`${flow} ${key}`);
  }

  /** Resolves when nothing runs any more. */
  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }

  #ended(flow: string, name: string): void {
    this.#running.delete(name);
    this.#counts.set(flow, (this.#counts.get(flow) ?? 1) - 1);
  }
}
