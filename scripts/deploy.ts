import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Hex } from "viem";
import { loadConsortium } from "../network/consortium-file.ts";
import { fault } from "../node-agent/src/model/fault.ts";
import { deployConsortium, type DeployInput } from "./deploy/consortium.ts";
import { httpRpc } from "./deploy/http.ts";
import { agreedIn } from "./deploy/of-consortium.ts";
import { call } from "./deploy/sender.ts";
import { newPrivateKey } from "./local/secrets.ts";

const help = `Deploys the contracts of a new consortium and prints their addresses as JSON.

  node scripts/deploy.ts --rpc URL --consortium FILE [--key FILE] [--out FILE]
  node scripts/deploy.ts --rpc URL --plan FILE [--key FILE] [--out FILE]

  --rpc URL    JSON-RPC endpoint of a node that accepts transactions of gas price 0
  --consortium FILE  the consortium file (YAML): its founding members, Council, guardians, reviewers and parameters
  --key FILE   private key of a throw-away deployer account, 0x and 64 hex digits; made for this run and forgotten unless given
  --out FILE   also write what the members' agents need (chain id, genesis hash, contracts): \`fiducial agent init --consortium FILE\` takes it
  --plan FILE  JSON: {"council" or "governance", "guardians"?, "guardianThreshold"?, "reviewers", "members": [{"kind", "governor", "operators", "profile"}], "parameters"?}
               "council" is an address that will hold every power; "governance" deploys the Council, so that the members decide by vote:
               {"votingDelay", "votingPeriod", "timelockDelay", "gracePeriod"?, "minHospitals"?} in seconds; it needs "guardians", of whom
               "guardianThreshold" (more than half unless given) together stop writes and cancel proposals

Exit codes: 0 deployed and read back, 1 anything else (the reason is on standard error).
`;

type Plan = Omit<DeployInput, "rpc" | "deployerKey" | "onStep" | "artifacts">;

async function main(): Promise<number> {
  const options = { rpc: { type: "string" }, key: { type: "string" }, plan: { type: "string" }, consortium: { type: "string" }, out: { type: "string" }, help: { type: "boolean" } } as const;
  const { values } = parseArgs({ options });
  if (values.help || values.rpc === undefined || (values.plan === undefined) === (values.consortium === undefined)) {
    process.stdout.write(help);
    return values.help ? 0 : 1;
  }
  const consortium = values.consortium === undefined ? null : await loadConsortium(values.consortium);
  const plan: Plan = consortium === null ? JSON.parse(await readFile(values.plan ?? "", "utf8")) : agreedIn(consortium);
  const deployerKey = values.key === undefined ? newPrivateKey() : ((await readFile(values.key, "utf8")).trim() as Hex);
  const rpc = httpRpc(values.rpc);
  const chainId = Number(await call(rpc, "eth_chainId"));
  if (consortium !== null && consortium.chainId !== chainId) throw fault("DEPLOY_INPUT_WRONG", { what: `the consortium file is for chain ${consortium.chainId}, the node answers for chain ${chainId}` });
  const onStep = (step: string) => process.stderr.write(`${step}\n`);
  const deployment = await deployConsortium({ ...plan, rpc, deployerKey, onStep });
  if (values.out !== undefined) {
    const { deployedAtBlock, ...contracts } = deployment;
    const { hash: genesisHash } = (await call(rpc, "eth_getBlockByNumber", ["0x0", false])) as { readonly hash: Hex };
    await writeFile(values.out, `${JSON.stringify({ chainId, genesisHash, contracts, deployedAtBlock }, null, 2)}\n`);
  }
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
