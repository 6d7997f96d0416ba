import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { nodeKeyOf } from "../../../../network/besu/node-key.ts";
import { besuNode } from "../../../../network/local/besu-node.ts";
import { freePorts } from "../../../../network/local/ports.ts";
import { besuOrSkip } from "../../../support/besu.ts";
import { fiducial, folder } from "../run-program.ts";

type Ceremony = { readonly dir: string; readonly terms: string; readonly submissions: string; readonly signatures: string; readonly founding: string; readonly parties: readonly string[] };

/** Three hospitals and a regulator make their keys, each in its own folder; somebody collects the submissions. */
async function submitted(t: ExecutionContext, ports: readonly number[]): Promise<Ceremony> {
  const dir = await folder(t);
  const made = { dir, terms: join(dir, "terms.yaml"), submissions: join(dir, "submissions"), signatures: join(dir, "signatures"), founding: join(dir, "founding"), parties: ["north", "south", "west", "regulator"] };
  for (const one of [made.submissions, made.signatures, made.founding]) await mkdir(one);
  await writeFile(made.terms, `name: Pilot\nchainId: 4711\nconsensus:\n  blockPeriodSeconds: 1\nguardians: [0x${"9".repeat(40)}]\n`);
  for (const [at, party] of made.parties.entries()) {
    const kind = party === "regulator" ? ["--observer"] : ["--endpoint", `https://${party}.example:8443`];
    const args = ["network", "key", "--dir", join(dir, party), "--name", party, "--node", party, "--node-host", "127.0.0.1", "--node-port", String(ports[at]), ...kind, "--json"];
    const { status, err } = await fiducial(args);
    t.is(status, 0, err);
    const key = await readFile(join(dir, party, "node", "key"), "utf8");
    t.is((await stat(join(dir, party, "node", "key"))).mode & 0o777, 0o600, "only its owner reads a node's key");
    t.is((await fiducial(args)).status, 0, "it may be run again");
    t.is(await readFile(join(dir, party, "node", "key"), "utf8"), key, "and keeps the keys");
    await copyFile(join(dir, party, "submission.json"), join(made.submissions, `${party}.json`));
  }
  return made;
}

const parts = ({ terms, submissions }: Ceremony) => ["--terms", terms, "--submissions", submissions];
const verify = (it: Ceremony) => fiducial(["network", "verify", ...parts(it), "--signatures", it.signatures, "--genesis", join(it.founding, "genesis.json"), "--consortium", join(it.founding, "consortium.yaml"), "--json"]);

test("a founding: keys, submissions, genesis, signatures, verification, and a node of Besu that begins with that block 0", async (t) => {
  t.timeout(600_000);
  const ports = await freePorts(4);
  const it = await submitted(t, ports);
  const genesis = await fiducial(["network", "genesis", ...parts(it), "--out", it.founding, "--json"]);
  t.is(genesis.status, 0, genesis.err);
  const { genesisHash } = genesis.json<{ readonly genesisHash: string }>();

  t.regex((await verify(it)).err, /north has not signed.*regulator has not signed/su);
  for (const party of it.parties) {
    const { status, err } = await fiducial(["network", "sign", ...parts(it), "--key", join(it.dir, party, "node", "key"), "--out", join(it.signatures, `${party}.json`)]);
    t.is(status, 0, err);
  }
  const good = await verify(it);
  t.is(good.status, 0, good.err);
  t.is(good.json<{ readonly genesisHash: string }>().genesisHash, genesisHash);

  const shared = await Promise.all([it.submissions, it.signatures, it.founding].map(async (one) => (await Promise.all((await readdir(one)).map((file) => readFile(join(one, file), "utf8")))).join("")));
  for (const party of it.parties)
    for (const file of [join("node", "key"), "governor.key"]) t.false(shared.join("").includes((await readFile(join(it.dir, party, file), "utf8")).trim().replace(/^0x/u, "")), "what is handed round holds no key");

  const files = await fiducial(["network", "files", "--consortium", join(it.founding, "consortium.yaml"), "--genesis", join(it.founding, "genesis.json"), "--node", "north", "--dir", join(it.dir, "north", "node"), "--bind-host", "127.0.0.1"]);
  t.is(files.status, 0, files.err);
  const besu = await besuOrSkip(t);
  if (besu === null) return;
  const dir = join(it.dir, "north", "node");
  const config = join(dir, "besu.toml");
  const [rpcPort = 0, wsPort = 0, metricsPort = 0] = await freePorts(3);
  await writeFile(config, (await readFile(config, "utf8")).replace("rpc-http-port=8545", `rpc-http-port=${rpcPort}`).replace("rpc-ws-port=8546", `rpc-ws-port=${wsPort}`).replace("metrics-port=9545", `metrics-port=${metricsPort}`));
  const key = nodeKeyOf(await readFile(join(dir, "key"), "utf8"));
  const node = besuNode({ command: besu.command, name: "north", role: "validator", dir, key, p2pPort: ports[0] ?? 0, rpcPort, wsPort, metricsPort, environment: process.env, patience: 300_000 });
  t.teardown(() => node.kill());
  await node.start();
  t.is(((await node.ask("eth_getBlockByNumber", ["0x0", false])) as { readonly hash: string }).hash, genesisHash);
});

test("a submission changed on its way, a changed term and a changed genesis are found, each by name", async (t) => {
  const it = await submitted(t, [30_001, 30_002, 30_003, 30_004]);
  t.is((await fiducial(["network", "genesis", ...parts(it), "--out", it.founding])).status, 0);
  for (const party of it.parties) await fiducial(["network", "sign", ...parts(it), "--key", join(it.dir, party, "node", "key"), "--out", join(it.signatures, `${party}.json`)]);
  t.is((await verify(it)).status, 0);

  const genesis = await readFile(join(it.founding, "genesis.json"), "utf8");
  await writeFile(join(it.founding, "genesis.json"), genesis.replace("0x5f5e100", "0x5f5e101"));
  t.regex((await verify(it)).err, /genesis\.json is not what terms and submissions make/u);
  await writeFile(join(it.founding, "genesis.json"), genesis);

  const terms = await readFile(it.terms, "utf8");
  await writeFile(it.terms, `${terms}gasLimit: 90000000\n`);
  t.regex((await verify(it)).err, /south signed another founding/u);
  await writeFile(it.terms, terms);

  const south = join(it.submissions, "south.json");
  const submission = await readFile(south, "utf8");
  await writeFile(south, submission.replace("https://south.example", "https://mallory.example"));
  const tampered = await verify(it);
  t.not(tampered.status, 0);
  t.regex(tampered.err, /south\.json: node south did not sign this/u);
  await writeFile(south, submission);
  t.is((await verify(it)).status, 0);
});
