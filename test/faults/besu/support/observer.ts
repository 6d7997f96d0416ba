import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { openAccounts } from "../../../../node-agent/src/accounts/accounts.ts";
import { createAgent } from "../../../../node-agent/src/agent.ts";
import { loadConfig } from "../../../../node-agent/src/config/load.ts";
import { createLog } from "../../../../node-agent/src/ops/log.ts";
import { fiducial, type Ran } from "../../../node-agent/cli/run-program.ts";
import { at, type BesuConsortium, until } from "./consortium.ts";

export const auditorPassword = "the auditor's password";

export type Observer = {
  readonly home: string;
  readonly config: string;
  readonly urls: { readonly clinical: string; readonly peer: string | null; readonly ops: string };
  /** A command signed in as the auditor. */
  as(args: readonly string[]): Promise<Ran>;
  close(): Promise<void>;
};

/** The regulator's agent over the observer's node, in this process, at the chain's head. */
export async function openRegulator({ dir, network, contracts, deployedAtBlock, operatorKeys }: BesuConsortium): Promise<Observer> {
  const home = join(dir, "regulator");
  await mkdir(home);
  const chain = { endpoint: at(network.observers, 0).rpcUrl, chainId: network.chainId, genesisHash: network.genesisHash, contracts, deployedAtBlock, pollMilliseconds: 200 };
  const config = join(home, "agent.yaml");
  await writeFile(config, stringify({ role: "observer", member: operatorKeys.length + 1, name: "Regulator", dataDir: "data", chain, clinical: { port: 0 }, ops: { port: 0 }, identity: { accountsFile: "accounts.json" } }));
  await openAccounts(join(home, "accounts.json"), {}).put({ name: "auditor", password: auditorPassword, roles: ["auditor", "admin"], patient: null });
  await writeFile(join(home, "password"), auditorPassword, { mode: 0o600 });
  const agent = createAgent(await loadConfig(config), { passphrase: null, log: createLog({ level: "error" }) });
  const urls = await agent.start();
  await until("the observer is ready", async () => (await fetch(`${urls.ops}/readyz`)).status === 200);
  return { home, config, urls, as: (args) => fiducial(["--url", urls.clinical, "--user", "auditor", "--password-file", join(home, "password"), ...args]), close: () => agent.stop() };
}
