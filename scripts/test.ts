/** `npm test`: build, lint, types, Solidity tests, every AVA test; ends with one line `N passed, N failed, N skipped`. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { findIpfsProgram } from "../network/ipfs/find-engine.ts";
import { runCommand } from "./testing/command.ts";
import { coveredTests } from "./testing/covered-tests.ts";
import { silentFiles } from "./testing/silent-files.ts";
import { type TapPoint, tapReader } from "./testing/tap.ts";

const bin = (name: string) => join("node_modules", ".bin", name);
const testFiles = "test/**/*.test.ts";
/** Longer than any single test may take; those on real nodes of Besu take long. */
const patienceSeconds = (process.env["BESU_HOME"] === undefined ? 12 : 40) * 60;
const tally = { passed: 0, failed: 0, skipped: 0 };
const skips: string[] = [];

function say(text: string): void {
  console.log(text);
}

/** A check that passes or fails as a whole and counts as one. */
async function check(title: string, command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const begun = performance.now();
  const { status, output } = await runCommand(command, args, () => {}, { environment });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  say(`${status === 0 ? "ok    " : "FAILED"}  ${title}  (${seconds} s)`);
  if (status === 0) tally.passed++;
  else {
    tally.failed++;
    say(output.split("\n").slice(-80).join("\n"));
  }
  return status === 0;
}

function count(point: TapPoint): void {
  const skipped = point.notes.find((note) => note.includes("skipped:"));
  if (!point.ok) {
    tally.failed++;
    say(`FAILED  ${point.name}\n${point.notes.join("\n")}`);
  } else if (skipped !== undefined || /# (?:SKIP|TODO)/u.test(point.name)) {
    tally.skipped++;
    const reason = skipped?.slice(skipped.indexOf("skipped:") + 8).trim() ?? "switched off";
    skips.push(reason);
    say(`SKIPPED ${point.name}: ${reason}`);
  } else tally.passed++;
}

/** Runs a program that speaks TAP and counts each of its tests; a failure that no test explains counts as one. */
async function tests(title: string, args: readonly string[]): Promise<void> {
  const begun = performance.now();
  const failedBefore = tally.failed;
  const heard: string[] = [];
  const reader = tapReader((point) => {
    heard.push(point.name);
    count(point);
  });
  const { status, output, stalled } = await runCommand("node", args, (line) => reader.line(line), { patienceSeconds });
  reader.end();
  if (stalled) {
    tally.failed++;
    say(`FAILED  no test ended within ${patienceSeconds / 60} minutes, so all were ended. These files had not said a word: ${silentFiles(globSync(testFiles), heard).join(", ")}`);
  } else if (status !== 0 && tally.failed === failedBefore) {
    tally.failed++;
    say(output.split("\n").slice(-60).join("\n"));
  }
  say(`${status === 0 ? "ok    " : "FAILED"}  ${title}  (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
}

function engines(): void {
  const found = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
  const rows: [string, boolean][] = [
    ["embedded chain (EDR)", existsSync("node_modules/@nomicfoundation/edr")],
    ["anvil", existsSync("node_modules/@foundry-rs/anvil-linux-amd64")],
    ["Besu", found("besu") || existsSync(join(process.env["BESU_HOME"] ?? "", "bin", "besu"))],
    ["Kubo", findIpfsProgram("ipfs") !== null],
    ["IPFS Cluster", findIpfsProgram("ipfs-cluster-service") !== null],
    ["dcmtk", found("dcmdump")],
    ["dciodvfy", found("dciodvfy")],
    ["Orthanc", found("Orthanc")],
    ["z3", found("z3")],
    ["pydicom's test files", existsSync("/usr/lib/python3/dist-packages/pydicom/data/test_files")],
  ];
  for (const [name, here] of rows) say(`${here ? "took part" : "MISSING  "}  ${name}`);
}

const wanted = process.argv.slice(2);
if (wanted.length > 0) await tests("the chosen tests", [bin("ava"), "--tap", ...wanted]);
else {
  const built = await check("contracts compile", "node", [bin("hardhat"), "build", "--quiet"]);
  await check("lint (TypeScript)", bin("biome"), ["lint", "--error-on-warnings"]);
  await check("lint (Solidity)", "node", [bin("solhint"), "--noPoster", "--max-warnings", "0", "contracts/**/*.sol"]);
  await check("types", bin("tsc"), ["-p", "."]);
  if (built) {
    await check("Solidity properties and invariants (npm run fuzz -- --all tries each ten times as often)", "node", ["scripts/fuzz.ts"]);
    await tests("contract tests, every line of Solidity executed", ["scripts/coverage.ts", "--tap"]);
    await check("every branch of the deployed contracts taken both ways", "node", ["scripts/branches.ts"]);
    await tests("all other tests", [bin("ava"), "--tap", testFiles, ...coveredTests.map((pattern) => `!${pattern}`)]);
  }
  say("");
  engines();
  for (const reason of new Set(skips)) say(`skipped for want of: ${reason}`);
}
say(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1;
