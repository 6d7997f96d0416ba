import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Hex } from "viem";
import { deployConsortium, type DeployInput } from "./deploy/consortium.ts";
import { httpRpc } from "./deploy/http.ts";

const help = `Deploys the contracts of a new consortium and prints their addresses as JSON.

  node scripts/deploy.ts --rpc URL --key FILE --plan FILE

  --rpc URL    JSON-RPC endpoint of a node that accepts transactions of gas price 0
  --key FILE   private key of a throw-away deployer account: 0x and 64 hex digits
  --plan FILE  JSON: {"council" or "governance", "guardians"?, "reviewers", "members": [{"kind", "governor", "operators", "profile"}], "parameters"?}
               "council" is an address that will hold every power; "governance" deploys the Council, so that the members decide by vote:
               {"votingDelay", "votingPeriod", "timelockDelay", "gracePeriod"?, "minHospitals"?} in seconds; it needs "guardians"

Exit codes: 0 deployed and read back, 1 anything else (the reason is on standard error).
`;

type Plan = Omit<DeployInput, "rpc" | "deployerKey" | "onStep" | "artifacts">;

async function main(): Promise<number> {
  const options = { rpc: { type: "string" }, key: { type: "string" }, plan: { type: "string" }, help: { type: "boolean" } } as const;
  const { values } = parseArgs({ options });
  if (values.help || values.rpc === undefined || values.key === undefined || values.plan === undefined) {
    process.stdout.write(help);
    return values.help ? 0 : 1;
  }
  const plan: Plan = JSON.parse(await readFile(values.plan, "utf8"));
  const deployerKey = (await readFile(values.key, "utf8")).trim() as Hex;
  const onStep = (step: string) => process.stderr.write(`${step}\n`);
  const deployment = await deployConsortium({ ...plan, rpc: httpRpc(values.rpc), deployerKey, onStep });
  process.stdout.write(`${JSON.stringify(deployment, null, 2)}\n`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const hint = error instanceof Error && "hint" in error ? `\n${String(error.hint)}` : "";
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
  process.exitCode = 1;
}
