import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { newNodeKey } from "../../../network/besu/node-key.ts";
import { checkConsortium } from "../../../network/consortium-file.ts";
import { consortiumGenesis } from "../../../network/genesis/of-consortium.ts";
import { checkNode } from "../../../network/lint/check-node.ts";
import { writeNode } from "../../../network/local/besu-network.ts";
import { besuNode } from "../../../network/local/besu-node.ts";
import { someConsortium } from "../consortium.ts";

const consortium = checkConsortium(someConsortium());
const key = newNodeKey();

/** A node's folder as it is written for a start on this computer. */
async function written(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-check-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  await writeNode(dir, consortium, "hospital-1", consortiumGenesis(consortium), key);
  return dir;
}

async function change(dir: string, file: string, from: string | RegExp, to: string): Promise<void> {
  const before = await readFile(join(dir, file), "utf8");
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has no ${String(from)}`);
  await writeFile(join(dir, file), after);
}

test("a configuration as written passes; what is merely risky is told and stops nobody", async (t) => {
  const dir = await written(t);
  t.deepEqual(await checkNode("hospital-1", join(dir, "besu.toml")), []);
  await change(dir, "besu.toml", /host-allowlist=.*/u, 'host-allowlist=["*"]');
  t.deepEqual((await checkNode("hospital-1", join(dir, "besu.toml"))).map(({ rule }) => rule), ["host-allowlist-open"]);
});

test("everything that Besu would refuse or change is in one refusal, with the name of the node", async (t) => {
  const dir = await written(t);
  await change(dir, "besu.toml", /min-gas-price=.*\n/u, "");
  await change(dir, "genesis.json", '"blockperiodseconds"', '"blockPeriod"');
  await writeFile(join(dir, "permissions.toml"), "nodes-allowlist=[]\n");
  const error = await t.throwsAsync(checkNode("hospital-1", join(dir, "besu.toml")));
  t.like(error, { code: "NETWORK_NODE_CONFIG" });
  t.regex(error?.message ?? "", /^the configuration of hospital-1 would/u);
  for (const rule of ["gas-price", "static-not-allowed", "bft-key"]) t.true(error?.message.includes(`${rule}: `), `${rule} in ${error?.message ?? ""}`);
});

test("a file that is no configuration is refused as one", async (t) => {
  const dir = await written(t);
  await writeFile(join(dir, "besu.toml"), "[table]\n");
  t.like(await t.throwsAsync(checkNode("x", join(dir, "besu.toml")), { message: /config-form: line 1/u }), { code: "NETWORK_NODE_CONFIG" });
  t.like(await t.throwsAsync(checkNode("x", join(dir, "none.toml")), { message: /config-form: .*cannot be read/u }), { code: "NETWORK_NODE_CONFIG" });
});

test("a node with a refused configuration is never started, and one that is accepted is", async (t) => {
  const dir = await written(t);
  const command = join(dir, "besu");
  await writeFile(command, `#!/bin/sh\ntouch ${join(dir, "started")}\necho "stands in for Besu and ends"\nexit 3\n`);
  await chmod(command, 0o700);
  const [node] = consortium.members[0]?.nodes ?? [];
  if (node === undefined) throw new Error("no node");
  const { p2pPort, rpcPort, wsPort, metricsPort } = node;
  const started = besuNode({ command, name: "hospital-1", role: "validator", dir, key, p2pPort, rpcPort, wsPort, metricsPort, environment: process.env, patience: 60_000 });
  const good = await readFile(join(dir, "besu.toml"), "utf8");
  await change(dir, "besu.toml", /$/u, "no-such-option=true\n");
  t.like(await t.throwsAsync(started.start(), { message: /option-unknown: Besu \S+ has no option no-such-option/u }), { code: "NETWORK_NODE_CONFIG" });
  t.is(started.pid(), null);
  t.false(existsSync(join(dir, "started")));
  await writeFile(join(dir, "besu.toml"), good);
  t.like(await t.throwsAsync(started.start()), { code: "NETWORK_NODE_FAILED" });
  t.true(existsSync(join(dir, "started")));
});
