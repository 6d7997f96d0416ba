import test from "ava";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs hardhat's own Solidity test runner over contracts/test/*.t.sol. */
function fuzz(): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["node_modules/hardhat/dist/src/cli.js", "test", "solidity"], { cwd: root });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}

test("the Solidity properties hold for thousands of random inputs", async (t) => {
  const { status, output } = await fuzz();
  t.is(status, 0, output.slice(-4000));
  const [, passing = "0"] = /(\d+) passing/u.exec(output) ?? [];
  t.is(Number(passing), 11);
  const runs = [...output.matchAll(/\(runs: (\d+)\)/gu)].reduce((sum, [, count = "0"]) => sum + Number(count), 0);
  t.log(`${passing} properties, ${runs} runs`);
  t.true(runs >= 10_000);
});
