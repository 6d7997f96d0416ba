import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { standardInput } from "./sources.ts";

/** One finding about our own contracts: which detector, how grave it takes it to be, and where. */
export type Finding = { readonly check: string; readonly impact: string; readonly place: string };

type Element = { readonly name: string; readonly type_specific_fields?: { readonly parent?: { readonly name?: string } } };
type Report = { readonly success: boolean; readonly error: string | null; readonly results: { readonly detectors?: readonly { readonly check: string; readonly impact: string; readonly elements: readonly Element[] }[] } };

/** Where `pip install --target` of .ci/run puts it. */
const own = resolve(".engines/slither");

/** Runs a Python module with slither's own packages in reach. Resolves with what it printed and how it ended. */
async function python(args: readonly string[], cwd: string): Promise<{ readonly status: number | null; readonly output: string }> {
  const env = { ...process.env, PYTHONPATH: [own, process.env["PYTHONPATH"]].filter(Boolean).join(":") };
  const child = spawn("python3", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  return await new Promise((done) => {
    child.once("error", () => done({ status: null, output }));
    child.once("close", (status) => done({ status, output }));
  });
}

/** Whether slither can be run here. */
export const slitherIsHere = async (): Promise<boolean> => (await python(["-m", "slither", "--version"], ".")).status === 0;

/** Every finding of every detector about the deployed contracts, without those inside OpenZeppelin's code. Takes half a minute of one core. Throws with slither's own words when it cannot look. */
export async function findings(): Promise<Finding[]> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-slither-"));
  try {
    await writeFile(join(dir, "input.json"), await standardInput());
    await symlink(resolve("contracts"), join(dir, "contracts"));
    await symlink(resolve("node_modules/@openzeppelin"), join(dir, "@openzeppelin"));
    const compiler = resolve("scripts/slither/solc.cjs");
    const { output } = await python(["-m", "slither", "input.json", "--compile-force-framework", "Solc-json", "--solc", compiler, "--json", "report.json", "--filter-paths", "node_modules|openzeppelin"], dir);
    const report = await readFile(join(dir, "report.json"), "utf8").then((text) => JSON.parse(text) as Report, () => null);
    if (report?.success !== true) throw new Error(`slither could not look: ${report?.error ?? output.slice(-2000)}`);
    return (report.results.detectors ?? []).map(({ check, impact, elements: [first] }) => ({ check, impact, place: [first?.type_specific_fields?.parent?.name, first?.name].filter(Boolean).join(".") }));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
