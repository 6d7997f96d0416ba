import { runCommand } from "./testing/command.ts";

/**
 * Runs the properties and invariants in contracts/test and exits 1 unless all hold and each was tried as often as asked. `npm test` asks for
 * less than a release does, because every run takes a core: without arguments 2,000 inputs per property and 8 histories of 500 actions;
 * with --all 20,000 and 256; with --planted it shows that each invariant and the model can fail. Usage: node scripts/fuzz.ts [--all | --planted]
 */
if (process.argv.includes("--planted")) process.exit((await runCommand("node", ["scripts/planted.ts"], (line) => console.log(line))).status);
const all = process.argv.includes("--all");
const wanted = { runs: all ? 20_000 : 2000, histories: all ? 256 : 8 };
const environment = { FUZZ_RUNS: String(wanted.runs), INVARIANT_RUNS: String(wanted.histories) };
const { status, output } = await runCommand("node", ["node_modules/hardhat/dist/src/cli.js", "test", "solidity"], () => {}, { environment });

const tried = [...output.matchAll(/✔ (?<name>\w+)\(.*\) \(runs: (?<runs>\d+)\)/gu)].map(({ groups }) => ({ name: groups?.["name"] ?? "", runs: Number(groups?.["runs"]) }));
const properties = tried.filter(({ name }) => name.startsWith("testFuzz_"));
const invariants = tried.filter(({ name }) => name.startsWith("invariant_"));
const tooFew = [...properties.filter(({ runs }) => runs < wanted.runs), ...invariants.filter(({ runs }) => runs < wanted.histories)];
if (status !== 0) console.log(output.split("\n").slice(-60).join("\n"));
for (const { name, runs } of tooFew) console.log(`${name} was tried ${runs} times only`);
const inputs = properties.reduce((sum, { runs }) => sum + runs, 0);
const actions = invariants.reduce((sum, { runs }) => sum + runs * 500, 0);
console.log(`${properties.length} properties, ${inputs} inputs; ${invariants.length} campaign of ${actions} actions`);
process.exitCode = status === 0 && tooFew.length === 0 && properties.length > 0 && invariants.length > 0 ? 0 : 1;
