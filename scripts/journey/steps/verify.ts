import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Row } from "../../verify/row.ts";
import { Unexpected } from "../api-client.ts";
import type { Reporter } from "../display.ts";
import { expect } from "../expect.ts";
import type { World } from "../world.ts";

const run = promisify(execFile);

/** The verify program as a regulator runs it: with its own agent's configuration, and the consortium file, which is what was agreed. */
export async function verifiedRows({ plan, seat }: Pick<World, "plan" | "seat">): Promise<Row[]> {
  const args = ["scripts/verify.ts", "--config", seat("regulator").configFile, "--consortium", plan.consortiumFile, "--json"];
  const { stdout } = await run(process.execPath, args).catch((error: { readonly stdout?: string; readonly stderr?: string }) => {
    if (error.stdout?.startsWith("[")) return { stdout: error.stdout };
    throw new Unexpected(`the verify program could not look: ${error.stderr ?? ""}`);
  });
  return JSON.parse(stdout) as Row[];
}

/** From the regulator's agent: every contract is this source, the timelock alone holds power, and the deployer nothing. */
export async function verifiedByRegulator(world: World, report: Reporter): Promise<void> {
  const rows = await verifiedRows(world);
  const wrong = rows.filter(({ ok }) => !ok);
  expect(wrong.length === 0, wrong.map(({ area, what, found }) => `${area}: ${what}: ${found}`).join("; "));
  const deployer = rows.find(({ what }) => what === "deployer");
  expect(deployer !== undefined, "the deployer was looked for");
  report.note(`${rows.length} points compared with the source and the consortium file; deployer ${deployer.found}`);
}
