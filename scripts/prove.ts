import { parseArgs } from "node:util";
import { ask, solverIsHere, type Verdict } from "./prove/solver.ts";

const help = `Proves the credit arithmetic: asks z3 for a value that breaks one of the properties in contracts/proofs.

  node scripts/prove.ts [--seconds N]

  --seconds N   how long z3 may think about each (default 300)

The mistakes in contracts/proofs/planted must be found, else the proofs prove nothing.
Exit codes: 0 everything is proved, 1 something is not, 2 there is no z3 (Debian: apt-get install z3).
`;

const { values } = parseArgs({ options: { seconds: { type: "string", default: "300" }, help: { type: "boolean" } } });
const seconds = Number(values.seconds);

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (!Number.isInteger(seconds) || seconds < 1) {
    process.stderr.write("--seconds takes a whole number from 1\n");
    return 2;
  }
  if (!(await solverIsHere())) {
    process.stderr.write("There is no z3 on the PATH. On Debian: apt-get install z3\n");
    return 2;
  }
  const tell = (good: string) => (verdict: Verdict) =>
    process.stdout.write(`${verdict.answer === good ? (good === "unsat" ? "proved " : "found  ") : `NOT: ${verdict.answer}`}  ${verdict.name} (${verdict.seconds.toFixed(1)} s)\n         ${verdict.prose}\n`);
  const proved = await ask("properties", seconds, tell("unsat"));
  process.stdout.write("\nPlanted mistakes:\n");
  const found = await ask("planted", seconds, tell("sat"));
  return proved.every(({ answer }) => answer === "unsat") && found.every(({ answer }) => answer === "sat") ? 0 : 1;
}

process.exitCode = await main();
