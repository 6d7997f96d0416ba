import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { stringify, parse } from "yaml";
import { nodeKeyOf } from "../../../network/besu/node-key.ts";
import { genesisText } from "../../../network/genesis/genesis.ts";
import { besuNode } from "../../../network/local/besu-node.ts";
import { findBesu } from "../../../network/local/find-besu.ts";
import { freePorts } from "../../../network/local/ports.ts";
import type { Application, Bundle } from "../../../node-agent/src/cli/network/bundle-format.ts";
import type { Finding } from "../../../node-agent/src/cli/doctor/finding.ts";
import { createAgent } from "../../../node-agent/src/agent.ts";
import { loadConfig } from "../../../node-agent/src/config/load.ts";
import { besuOrSkip } from "../../support/besu.ts";
import { fiducial, type Ran } from "../../node-agent/cli/run-program.ts";
import { foundMembers, type Hospital, type MembersTown, metricLines, peerKeysAt, succeed, until } from "./town.ts";

const dir = await mkdtemp(join(tmpdir(), "fiducial-join-"));
let town: MembersTown | null = null;
const closers: (() => Promise<unknown>)[] = [];
test.after.always(async () => {
  for (const close of closers) await close();
  await town?.close();
  await rm(dir, { recursive: true, force: true });
});

type Steps = { readonly finished: boolean; readonly steps: readonly { readonly name: string; readonly done: boolean; readonly detail: string }[] };
const notYet = 6;
const stepsOf = (ran: Ran): Steps => ran.json<Steps>();
const waitingAt = (ran: Ran): string | undefined => stepsOf(ran).steps.find((step) => !step.done)?.name;

async function start(t: ExecutionContext): Promise<{ all: MembersTown; first: Hospital; last: Hospital } | null> {
  if ((await besuOrSkip(t)) === null) return null;
  t.timeout(1_800_000);
  if (town === null) {
    town = await foundMembers(dir);
    for (const hospital of town.hospitals) {
      await town.startAgent(hospital);
      await town.registerNode(hospital, true);
    }
  }
  const [first, , , last] = town.hospitals;
  if (first === undefined || last === undefined) throw new Error("hospitals are missing");
  return { all: town, first, last };
}

const home = join(dir, "outsider");
const bundleFile = join(dir, "bundle.json");

test.serial("an outsider comes from nothing to a sealing member by two commands, whatever interrupts them", async (t) => {
  const found = await start(t);
  if (found === null) return;
  const { all, first } = found;
  const members = [...all.hospitals];
  const [p2p = 0, rpcPort = 0, wsPort = 0, metricsPort = 0, peerPort = 0] = await freePorts(5);
  const ports = ["--rpc-port", String(rpcPort), "--ws-port", String(wsPort), "--metrics-port", String(metricsPort), "--bind-host", "127.0.0.1"];
  const run = (...more: string[]) => fiducial(["--json", "network", "join", "--dir", home, ...ports, ...more]);

  t.is((await run()).status, 2, "the first time it needs a name");
  const begun = await succeed(run("--name", "Outsider", "--endpoint", `https://127.0.0.1:${peerPort}`, "--node-host", "127.0.0.1", "--node-port", String(p2p)));
  const applicationFile = begun.json<{ readonly application: string }>().application;
  const application = JSON.parse(await readFile(applicationFile, "utf8")) as Application;
  await succeed(run());
  t.deepEqual(JSON.parse(await readFile(applicationFile, "utf8")), application, "the same keys the second time");

  const genesis = join(dir, "genesis.json");
  const swarm = join(dir, "swarm.key");
  await writeFile(genesis, genesisText(all.net.genesis));
  await writeFile(swarm, "/key/swarm/psk/1.0.0/\n/base16/\nnot a real one\n");
  const made = await fiducial(["network", "bundle", "--config", first.config, "--for", applicationFile, "--genesis", genesis, "--swarm-key", swarm, "--out", bundleFile]);
  t.is(made.status, 0, made.err);
  const text = await readFile(bundleFile, "utf8");
  t.false(text.includes("not a real one"), "secrets are sealed");
  const bundle = JSON.parse(text) as Bundle;
  for (const [what, changed] of [
    ["an enode", { ...bundle, content: { ...bundle.content, enodes: [bundle.content.enodes[0]] } }],
    ["the genesis", { ...bundle, content: { ...bundle.content, genesis: { ...bundle.content.genesis, gasLimit: "0x1" } } }],
    ["the signer", { ...bundle, content: { ...bundle.content, madeBy: { ...bundle.content.madeBy, member: 2 } } }],
  ] as const) {
    const file = join(dir, "changed.json");
    await writeFile(file, JSON.stringify(changed));
    const refused = await run("--bundle", file);
    t.regex(refused.err, /NETWORK_BUNDLE_UNFIT/u, what);
  }

  const withoutNode = await run("--bundle", bundleFile);
  t.is(withoutNode.status, notYet, withoutNode.err);
  t.is(waitingAt(withoutNode), "node");
  t.is(await readFile(join(home, "ipfs", "swarm.key"), "utf8"), await readFile(swarm, "utf8"));

  const { command } = await findBesu();
  const node = besuNode({ command, name: "outsider", role: "validator", dir: join(home, "node"), key: nodeKeyOf(await readFile(join(home, "node", "key"), "utf8")), p2pPort: p2p, rpcPort, wsPort, metricsPort, environment: process.env, patience: 600_000 });
  closers.push(() => node.stop());
  await node.start();
  const alone = await run();
  t.is(waitingAt(alone), "admission");
  t.regex(alone.out, /no member has proposed the admission yet/u);

  // From here one command waits through everything, and tells what it sees.
  const told: string[] = [];
  const journey = fiducial(["network", "join", "--dir", home, ...ports, "--wait"], {}, told);
  const hears = (what: string, form: RegExp) => until(what, () => form.test(told.join("")), 3000);
  await hears("that there was no proposal", /no member has proposed the admission yet/u);
  const number = await all.decide(["admit", "--admission", applicationFile, "--governor", application.governor], members.slice(0, 3));
  // Which of its stages a look falls into is a matter of the machine; the sentence of each is held by a test of its own.
  await hears("of the proposal", new RegExp(`proposal p${number}(?:: \\d of 3 votes that carry it in favour| asks for the admission| is carried| is in effect)`, "u"));
  await hears("that it waits for its agent alone", /WAITS {2}agent: the agent does not run/u);
  t.true((await peerKeysAt(node)).length > 0);

  // What the operator would write: the ports of this machine.
  const config = join(home, "agent.yaml");
  const settings = parse(await readFile(config, "utf8")) as { readonly consortium: object };
  const [opsPort = 0] = await freePorts(1);
  await writeFile(config, stringify({ ...settings, consortium: { ...settings.consortium, everySeconds: 1 }, storage: { minFreeBytes: 0 }, clinical: { port: 0 }, ops: { port: opsPort } }));
  const lines: string[] = [];
  const log = { debug: () => {}, info: (event: string) => void lines.push(event), warn: (event: string) => void lines.push(event), error: (event: string) => void lines.push(event), with: () => log };
  const agent = createAgent(await loadConfig(config), { passphrase: Buffer.from((await readFile(join(home, "passphrase"), "utf8")).trim()), log });
  closers.unshift(() => agent.stop());
  await agent.start();

  const arrived = await journey;
  t.is(arrived.status, 0, arrived.err);
  t.regex(arrived.out, /^Outsider serves, and its node seals blocks\. Move .*governor\.key to a safe place/u);
  const finished = await run();
  t.is(finished.status, 0, finished.err);
  t.true(stepsOf(finished).finished);
  t.deepEqual(
    stepsOf(finished).steps.map(({ name }) => name),
    ["files", "node", "admission", "registration", "sync", "bundle", "agent", "candidate", "validator", "sealing"],
  );
  t.true((await all.validatorsAt(first.node)).includes(node.address));

  const doctor = await fiducial(["--json", "doctor", "--config", config]);
  const { findings } = doctor.json<{ readonly findings: readonly Finding[] }>();
  t.deepEqual(findings.filter(({ state }) => state === "fail"), []);
  t.is(findings.filter(({ check, state }) => check.startsWith("seen by member") && state === "ok").length, 4);
  t.is(findings.find(({ check }) => check === "gas price")?.state, "ok");

  await node.stop();
  const without = (await fiducial(["--json", "doctor", "--config", config])).json<{ readonly findings: readonly Finding[] }>().findings;
  t.is(without.find(({ check }) => check === "chain")?.state, "fail");
  const seen = (await fiducial(["--json", "doctor", "--config", first.config])).json<{ readonly findings: readonly Finding[] }>().findings;
  t.regex(seen.find(({ check }) => check === "node of member 5")?.detail ?? "", /cannot be reached \(ECONNREFUSED\)/u);
  await node.start();
});

test.serial("a node key is rotated: the new node is voted in and seals before the old one is voted out", async (t) => {
  const found = await start(t);
  if (found === null) return;
  const { all } = found;
  const second = all.hospitals[1];
  if (second === undefined) throw new Error("a hospital is missing");
  const fresh = await all.net.addNode({ name: "second-key", kind: "hospital" });
  await fresh.start();
  const rotate = (...more: string[]) => fiducial(["--json", "network", "rotate-key", "--to", fresh.enode, "--config", second.config, "--key-file", second.governorFile, ...more]);
  const first = await rotate();
  t.is(first.status, notYet, first.err);
  t.is(waitingAt(first), "voted in");
  const done = await rotate("--wait");
  t.is(done.status, 0, done.err);
  const validators = await all.validatorsAt(second.node);
  t.true(validators.includes(fresh.address));
  t.false(validators.includes(second.node.address));
});

test.serial("a member leaves in order: its validator is voted out, blocks go on, then the others vote it out of the registry", async (t) => {
  const found = await start(t);
  if (found === null) return;
  const { all, first, last } = found;
  const leave = (...more: string[]) => fiducial(["--json", "network", "leave", "--config", last.config, "--key-file", last.governorFile, ...more]);
  await until("its validator is out", async () => waitingAt(await leave()) === "expulsion");
  t.false((await all.validatorsAt(first.node)).includes(last.node.address));
  await all.decide(["expel", "4"], [...all.hospitals.slice(0, 3), last]);
  await until("it is out", async () => (await leave()).status === 0);
  await until("it is disconnected", async () => !(await peerKeysAt(first.node)).includes(last.node.publicKey));
  await until("the rest agrees with the registry", async () => (await metricLines(first, "fiducial_membership_drift{")).every((line) => line.endsWith(" 0")));
});
