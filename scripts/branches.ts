import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import hre from "hardhat";
import { mapBranches, outcomesOf } from "./testing/branches.ts";
import { coveredTests } from "./testing/covered-tests.ts";

/**
 * Branch coverage of the contract tests, measured on the code that is deployed: every conditional jump that the compiler made of an if,
 * ?:, &&, || or loop of contracts/ must be seen both taken and not taken. Prints file and line of each that was not, and exits 1.
 * Usage: node scripts/branches.ts [--tap]
 */
const root = new URL("../", import.meta.url);
const file = new URL("coverage/branches.txt", root);

await hre.tasks.getTask("build").run({ quiet: true });
const map = await mapBranches(new URL("artifacts/", root));
await mkdir(new URL("coverage/", root), { recursive: true });
await writeFile(file, "");
const ava = spawnSync(process.execPath, ["node_modules/ava/entrypoints/cli.js", ...process.argv.slice(2), ...coveredTests], {
  cwd: fileURLToPath(root),
  stdio: "inherit",
  env: { ...process.env, RECORD_BRANCHES: fileURLToPath(file) },
});
const outcomes = outcomesOf(map, await readFile(file, "utf8"));
let gaps = 0;
for (const [index, { file: source, line, text }] of map.decisions.entries()) {
  const { taken = false, passed = false } = outcomes[index] ?? {};
  if (taken && passed) continue;
  gaps += 1;
  console.log(`${taken || passed ? "went one way only" : "never reached"}: ${source}:${line} ${text}`);
}
console.log(`${map.decisions.length} decisions in Solidity, ${gaps === 0 ? "every one" : `all but ${gaps}`} taken both ways`);
process.exitCode = ava.status === 0 && gaps === 0 && map.decisions.length > 0 ? 0 : 1;
