/** Child of the crash test: applies a synthetic chain in small transactions and prints the cursor after each. */
import { writeSync } from "node:fs";
import { openLedgerIndex } from "../../../node-agent/src/index/ledger-index.ts";
import { syntheticBatches } from "../../../scripts/bench/synthetic-history.ts";

const [file = "", events = "0"] = process.argv.slice(2);
const index = openLedgerIndex(file);
for (const batch of syntheticBatches(Number(events), Math.floor(Number(events) / 50))) {
  index.apply([batch]);
  // Written at once, so that the parent knows of nothing that was not committed.
  writeSync(1, `${index.cursor()?.number}\n`);
}
