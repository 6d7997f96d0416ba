/** Child of the crash test: runs a flow of many steps, each appending its name to a file before it is recorded, and prints what is recorded. */
import { appendFileSync, writeSync } from "node:fs";
import { openJournal } from "../../../node-agent/src/journal/journal.ts";

const [file = "", effects = ""] = process.argv.slice(2);
const journal = openJournal(file);
const run = journal.open("flow", "key", { from: 1 });
for (let step = 0; step < 500; step++) {
  const value = await run.step(`step ${step}`, async () => {
    appendFileSync(effects, `${step}\n`);
    return { step };
  });
  writeSync(1, `${value.step}\n`);
}
