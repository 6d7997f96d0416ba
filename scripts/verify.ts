import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { loadConsortium } from "../network/consortium-file.ts";
import { agreedIn } from "./deploy/of-consortium.ts";
import { httpRpc } from "./deploy/http.ts";
import { verifyConsortium, type Verification } from "./verify/consortium.ts";
import { tableOf } from "./verify/row.ts";
import { subjectOf } from "./verify/subject.ts";

const help = `Compares the contracts of a running consortium with this source: code, roles, owners, parameters, storage layouts.

  node scripts/verify.ts --config FILE [--consortium FILE or --plan FILE] [--json]
  node scripts/verify.ts --rpc URL --deployment FILE [--consortium FILE or --plan FILE] [--json]

  --config FILE      agent.yaml of your own agent, a regulator's for instance: its node is asked, its addresses are looked at
  --rpc URL          JSON-RPC endpoint of a node that you trust to tell what the chain holds: your own
  --deployment FILE  JSON of the addresses, as node scripts/deploy.ts printed it
  --consortium FILE  the consortium file, which is what was agreed on: role holders and parameters are compared with it
  --plan FILE        the plan given to node scripts/deploy.ts: role holders and parameters are compared with it, and only shown without it
  --json             rows as JSON instead of a table

Compile the source first: npm run build. The compiler and its settings are pinned, so that the same source is the same code.

Exit codes: 0 everything is as it should be, 1 something is not, 2 it could not be looked at (the reason is on standard error).
`;

async function main(): Promise<number> {
  const options = { config: { type: "string" }, rpc: { type: "string" }, deployment: { type: "string" }, consortium: { type: "string" }, plan: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values } = parseArgs({ options });
  const from = values.help ? null : await subjectOf(values);
  if (from === null) {
    process.stdout.write(help);
    return values.help ? 0 : 2;
  }
  const plan: Verification["plan"] | undefined = values.consortium !== undefined ? agreedIn(await loadConsortium(values.consortium)) : values.plan === undefined ? undefined : JSON.parse(await readFile(values.plan, "utf8"));
  const rows = await verifyConsortium({ rpc: httpRpc(from.url), deployment: from.deployment, ...(plan === undefined ? {} : { plan }) });
  process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
  return rows.every(({ ok }) => ok) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const hint = error instanceof Error && "hint" in error ? `\n${String(error.hint)}` : "";
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
  process.exitCode = 2;
}
