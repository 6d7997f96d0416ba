import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { runCommand } from "./testing/command.ts";

const usage = `Usage: npm run fuzz -- [--all] [--seed 0x...] [--planted]

Runs the properties and invariants in contracts/test, and fails unless all hold and each was tried as often as asked: 2,000 inputs per property and
8 histories of 500 actions, the same ones every time.

  --all         20,000 and 256, other ones every time: before a release
  --seed 0x...  the very inputs of the run that printed this seed
  --planted     shows that each invariant and the model can fail
`;

/** `npm test` asks for less than a release does, because every run takes a core. */
const { values: asked } = parseArgs({ options: { all: { type: "boolean", default: false }, seed: { type: "string" }, planted: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } } });
if (asked.help) {
  console.log(usage);
  process.exit(0);
}
if (asked.seed !== undefined && !/^0x[0-9a-f]{1,64}$/iu.test(asked.seed)) {
  console.error(`--seed ${asked.seed} is no hexadecimal number of at most 32 bytes\n\n${usage}`);
  process.exit(2);
}
if (asked.planted) process.exit((await runCommand("node", ["scripts/planted.ts"], (line) => console.log(line))).status);
const wanted = { runs: asked.all ? 20_000 : 2000, histories: asked.all ? 256 : 8 };
const seed = asked.seed ?? (asked.all ? `0x${randomBytes(32).toString("hex")}` : undefined);
if (seed !== undefined) console.log(`seed ${seed}`);
const environment = { FUZZ_RUNS: String(wanted.runs), INVARIANT_RUNS: String(wanted.histories), ...(seed === undefined ? {} : { FUZZ_SEED: seed }) };
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
