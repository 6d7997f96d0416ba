import { appendFileSync } from "node:fs";
import type { ExecutionContext } from "ava";

/** A measured figure of a drill, for docs/reliability.md. */
export type Figure = { readonly drill: string; readonly figures: Readonly<Record<string, string | number>> };

/** Shows figures in the test's log, and keeps them for `npm run reliability` where that asked for them. */
export function note(t: ExecutionContext, drill: string, figures: Figure["figures"]): void {
  t.log(`${drill}: ${Object.entries(figures).map(([name, value]) => `${name} ${value}`).join(", ")}`);
  const file = process.env["FIDUCIAL_FIGURES"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ drill, figures })}\n`);
}

/** Seconds since a moment of `performance.now()`, to a tenth. */
export const secondsSince = (moment: number): number => Math.round((performance.now() - moment) / 100) / 10;
