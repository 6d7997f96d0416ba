import { spawnSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { coveredTests } from "./testing/covered-tests.ts";

/**
 * Solidity coverage of the contract tests. Builds instrumented code beside the real artifacts, runs test/contracts on it, prints the
 * report and exits 1 unless every line of contracts/ was executed. Usage: node scripts/coverage.ts [--tap]
 */
const root = fileURLToPath(new URL("../", import.meta.url));

// Read by Hardhat when it is first imported, here and in every test process.
process.env["HARDHAT_COVERAGE"] = "true";
const { default: hre } = await import("hardhat");

type Gap = { readonly file: string; readonly lines: readonly number[] };

/** Lines an lcov trace file says were never executed, by file, and how many lines it looked at. */
function gapsOf(lcov: string): { gaps: Gap[]; lines: number } {
  const gaps: Gap[] = [];
  let lines = 0;
  for (const record of lcov.split("end_of_record")) {
    const file = /^SF:(.+)$/mu.exec(record)?.[1];
    if (file === undefined) continue;
    const counted = [...record.matchAll(/^DA:(\d+),(\d+)/gmu)];
    lines += counted.length;
    const missed = counted.filter(([, , count]) => count === "0").map(([, line]) => Number(line));
    if (missed.length > 0) gaps.push({ file, lines: missed });
  }
  return { gaps, lines };
}

await rm(new URL("../coverage", import.meta.url), { recursive: true, force: true });
await hre.tasks.getTask("build").run({ force: true, quiet: true });
await hre.hooks.runHandlerChain("test", "onTestRunStart", ["ava"], async () => {});
const ava = spawnSync(process.execPath, ["node_modules/ava/entrypoints/cli.js", ...process.argv.slice(2), ...coveredTests], { cwd: root, stdio: "inherit" });
await hre.hooks.runHandlerChain("test", "onTestRunDone", ["ava"], async () => {});
const { gaps, lines } = gapsOf(await readFile(new URL("../coverage/lcov.info", import.meta.url), "utf8"));
for (const { file, lines: missed } of gaps) console.log(`never executed: ${file} lines ${missed.join(", ")}`);
console.log(`${lines} lines of Solidity, ${gaps.length === 0 ? "every one" : "not every one"} executed`);
process.exitCode = ava.status === 0 && gaps.length === 0 && lines > 0 ? 0 : 1;
