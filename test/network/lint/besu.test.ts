import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { newNodeKey } from "../../../network/besu/node-key.ts";
import { type BesuOptions, optionsToml } from "../../../network/besu/options.ts";
import { checkConsortium } from "../../../network/consortium-file.ts";
import { consortiumGenesis } from "../../../network/genesis/of-consortium.ts";
import { lintNode } from "../../../network/lint/lint.ts";
import { readNodeConfiguration } from "../../../network/lint/read-node.ts";
import { readToml } from "../../../network/lint/read-toml.ts";
import { besuLog4j } from "../../../network/local/besu-logging.ts";
import { writeNode } from "../../../network/local/besu-network.ts";
import { besuOrSkip } from "../../support/besu.ts";
import { someConsortium } from "../consortium.ts";

type Break = { readonly rule: string; readonly says: RegExp; readonly options?: BesuOptions; readonly file?: readonly [name: string, text: string | null] };

const stranger = (host: string) => `enode://${newNodeKey().publicKey}@${host}:30303`;

/** What the linter calls refused, and the words with which Besu refuses it. */
const breaks: readonly Break[] = [
  { rule: "option-unknown", says: /Unknown option/u, options: { "no-such-option": true } },
  { rule: "option-removed", says: /Unknown option/u, options: { "miner-enabled": true } },
  { rule: "sync-mode", says: /not a valid sync mode/u, options: { "sync-mode": "FAST" } },
  { rule: "nat-method", says: /nat-method/u, options: { "nat-method": "KUBERNETES" } },
  { rule: "api-unknown", says: /invalid entries found \[EEA\]/u, options: { "rpc-http-api": ["ETH", "EEA"] } },
  { rule: "p2p-host", says: /p2p-host is invalid/u, options: { "p2p-host": "node.example" } },
  { rule: "port-twice", says: /specified multiple times/u, options: { "rpc-ws-port": 8545 } },
  { rule: "pool-gas-price", says: /cannot be greater than the value of min-gas-price/u, options: { "tx-pool-min-gas-price": 5 } },
  { rule: "price-bump", says: /not compatible with zero base fee/u, options: { "tx-pool-price-bump": 10 } },
  { rule: "trie-logs", says: /bonsai-limit-trie-logs-enabled/u, options: { "bonsai-limit-trie-logs-enabled": true } },
  { rule: "permissions-file", says: /Unable to read permissioning/u, file: ["permissions.toml", null] },
  { rule: "permissions-nodes", says: /nodes-allowlist config option missing/u, file: ["permissions.toml", "accounts-allowlist=[]\n"] },
  { rule: "static-not-allowed", says: /not in nodes-allowlist/u, file: ["static-nodes.json", JSON.stringify([stranger("10.20.0.77")])] },
  { rule: "enode-dns", says: /static enode/u, file: ["static-nodes.json", JSON.stringify([stranger("node.example")])] },
];

test("Besu refuses at start what the linter says it refuses", async (t) => {
  const besu = await besuOrSkip(t);
  if (besu === null) return;
  t.timeout(1_200_000);
  const consortium = checkConsortium(someConsortium());
  const genesis = consortiumGenesis(consortium);
  for (const { rule, says, options = {}, file } of breaks) {
    const dir = await mkdtemp(join(tmpdir(), "fiducial-lint-"));
    t.teardown(() => rm(dir, { recursive: true, force: true }));
    await writeNode(dir, consortium, "hospital-1", genesis, newNodeKey());
    const config = join(dir, "besu.toml");
    t.deepEqual(lintNode(await readNodeConfiguration(config)), [], "as written there is nothing to complain about");
    await writeFile(config, optionsToml({ ...readToml(await readFile(config, "utf8")), ...options }, "broken on purpose"));
    if (file !== undefined) {
      if (file[1] === null) await rm(join(dir, file[0]));
      else await writeFile(join(dir, file[0]), file[1]);
    }
    t.true(lintNode(await readNodeConfiguration(config)).some((one) => one.rule === rule && one.severity === "refused"), `${rule} is found`);
    await writeFile(join(dir, "log4j2.xml"), besuLog4j);
    const child = spawn(besu.command, [`--config-file=${config}`], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LOG4J_CONFIGURATION_FILE: join(dir, "log4j2.xml") } });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
    const late = setTimeout(() => child.kill("SIGKILL"), 120_000);
    const [status] = await once(child, "close");
    clearTimeout(late);
    t.true(typeof status === "number" && status !== 0, `${rule}: Besu ends by itself with a failure (${String(status)})`);
    t.regex(said, says, rule);
  }
});
