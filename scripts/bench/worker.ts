/** One benchmark alone in its process, so that its memory is its own: `node worker.ts <name> [--full]`; prints its rows as JSON. */
import { resolve } from "node:path";
import { benchNames } from "./names.ts";
import type { Bench } from "./row.ts";

// Ended early, it still takes along what it started: that hangs on the exit of this process.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

const [name = "", ...flags] = process.argv.slice(2);
if (!benchNames.some((one) => one === name)) throw new TypeError(`no such benchmark: ${name}`);
const { run } = (await import(resolve(import.meta.dirname, `${name}.ts`))) as { run: Bench };
const rows = await run({ full: flags.includes("--full") });
console.log(JSON.stringify(rows));
