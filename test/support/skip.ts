import type { ExecutionContext } from "ava";

/** The mark by which `npm test` tells a skipped test from a passed one. */
export const skipMark = "skipped:";

/** Ends a test whose engine or judge this machine lacks: loud in the log, counted as skipped, never as passed. */
export function skipLoudly(t: ExecutionContext, missing: string): void {
  t.log(`${skipMark} ${missing}`);
  t.pass();
}
