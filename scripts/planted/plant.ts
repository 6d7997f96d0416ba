import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { creationCode } from "../mutate/compiler.ts";
import { sourcesOf } from "../slither/sources.ts";
import { runCommand } from "../testing/command.ts";
import type { Mistake } from "./mistakes.ts";

/** Creation code with the mistake in it, in hex without 0x, by contract. Throws when the place is not there exactly once, or what comes out does not compile or is the same. */
export async function plantedCode({ file, from, to, into, what }: Mistake): Promise<ReadonlyMap<string, string>> {
  const sources = await sourcesOf(into.map((contract) => `contracts/${contract}.sol`));
  const content = sources[file]?.content ?? "";
  if (content.split(from).length !== 2) throw new Error(`"${what}": its place is not in ${file}, or more than once`);
  const code = creationCode({ ...sources, [file]: { content: content.replace(from, () => to) } }, into, "as deployed");
  if (code === undefined) throw new Error(`"${what}" does not compile`);
  const right = creationCode(sources, into, "as deployed");
  if (into.every((contract) => right?.get(contract) === code.get(contract))) throw new Error(`"${what}" changes no code`);
  return code;
}

/**
 * Runs the invariants on the built contracts with some of them replaced, in a copy: the long history that is the same every time, and one random
 * one. Gives what failed, in the words of the promises; empty when everything was kept. Needs compiled contracts. Takes 20 s of a core.
 */
export async function brokenPromises(code: ReadonlyMap<string, string>): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-planted-"));
  try {
    for (const name of await readdir(".")) if (!["artifacts", "cache", ".git"].includes(name)) await symlink(resolve(name), join(dir, name));
    for (const name of ["artifacts", "cache"]) await cp(name, join(dir, name), { recursive: true });
    for (const [contract, bytecode] of code) {
      const path = join(dir, "artifacts/contracts", `${contract}.sol`, `${contract}.json`);
      const artifact: Record<string, unknown> = JSON.parse(await readFile(path, "utf8"));
      await writeFile(path, JSON.stringify({ ...artifact, bytecode: `0x${bytecode}` }));
    }
    const args = ["node_modules/hardhat/dist/src/cli.js", "test", "solidity", "--no-compile", "contracts/test/invariants/Invariants.t.sol"];
    const { status, output } = await runCommand("node", args, () => {}, { environment: { FUZZ_RUNS: "1", INVARIANT_RUNS: "1" }, cwd: dir });
    const said = [...output.matchAll(/^\s*Error: (.+)$/gmu)].map(([, reason = ""]) => reason.trim());
    if (status !== 0 && said.length === 0) throw new Error(`the invariants could not be run: ${output.slice(-1500)}`);
    return status === 0 ? [] : said;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
