import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeFunctionData, type Abi } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { stringify } from "yaml";
import { type BesuNetwork, startBesuNetwork } from "../../../network/local/besu-network.ts";
import type { BesuNode } from "../../../network/local/besu-node.ts";
import { freePorts } from "../../../network/local/ports.ts";
import { type Agent, type AgentUrls, createAgent } from "../../../node-agent/src/agent.ts";
import { loadConfig } from "../../../node-agent/src/config/load.ts";
import { createKeyring, type HospitalKeyring } from "../../../node-agent/src/envelope/keyring.ts";
import type { Log, LogFields } from "../../../node-agent/src/ports/log.ts";
import { loadArtifacts } from "../../../scripts/deploy/artifacts.ts";
import { deployConsortium, type Deployment } from "../../../scripts/deploy/consortium.ts";
import { httpRpc } from "../../../scripts/deploy/http.ts";
import { createSender } from "../../../scripts/deploy/sender.ts";
import { fiducial, type Ran } from "../../node-agent/cli/run-program.ts";

type Hex = `0x${string}`;
export type Line = { readonly level: string; readonly event: string; readonly fields: LogFields };

/** A hospital: its keys, its files, its chain node and its agent, which runs in this process. */
export type Hospital = {
  readonly name: string;
  readonly dir: string;
  readonly config: string;
  readonly governor: Hex;
  readonly governorFile: string;
  readonly keyring: HospitalKeyring;
  readonly peerPort: number;
  readonly node: BesuNode;
  readonly lines: Line[];
  agent: Agent | null;
  urls: AgentUrls | null;
};

export type MembersTown = {
  readonly net: BesuNetwork;
  readonly hospitals: Hospital[];
  readonly contracts: Omit<Deployment, "deployedAtBlock">;
  readonly council: Hex;
  /** A call to MemberRegistry that the council makes. */
  decide(functionName: string, args: readonly unknown[]): Promise<void>;
  /** Keys and folder of a hospital at a node; no configuration yet. */
  newHospital(name: string, node: BesuNode): Promise<Hospital>;
  configure(hospital: Hospital, member: number, over?: Readonly<Record<string, unknown>>): Promise<void>;
  startAgent(hospital: Hospital): Promise<void>;
  /** Registers the hospital's node with the command that its people would use. */
  registerNode(hospital: Hospital, validator: boolean): Promise<Ran>;
  close(): Promise<void>;
};

/** Waits for something, patiently: many processes share two cores. */
export async function until(what: string, look: () => Promise<boolean> | boolean, tries = 1500): Promise<void> {
  for (let at = 0; at < tries; at++) {
    if (await look()) return;
    await sleep(200);
  }
  throw new Error(`it never came: ${what}`);
}

export const validatorsAt = async (node: BesuNode): Promise<string[]> => ((await node.ask("ibft_getValidatorsByBlockNumber", ["latest"])) as string[] | null)?.map((one) => one.toLowerCase()) ?? [];
export const peerKeysAt = async (node: BesuNode): Promise<string[]> => ((await node.ask("admin_peers")) as { readonly id: string }[]).map(({ id }) => id.slice(2));
export const allowedAt = async (node: BesuNode): Promise<string[]> => (await node.ask("perm_getNodesAllowlist")) as string[];

function listening(lines: Line[]): Log {
  const line = (level: string) => (event: string, fields: LogFields = {}) => void lines.push({ level, event, fields });
  const log: Log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error"), with: () => log };
  return log;
}

export async function succeed(ran: Promise<Ran>): Promise<Ran> {
  const done = await ran;
  if (done.status !== 0) throw new Error(`status ${done.status}: ${done.err}`);
  return done;
}

/** Four hospitals with a validator each, their agents not yet started and their nodes not yet registered; a council that one key speaks for. */
export async function foundMembers(dir: string): Promise<MembersTown> {
  const net = await startBesuNetwork({ dir: join(dir, "chain"), validators: 4 });
  const [first] = net.validators;
  if (first === undefined) throw new Error("a node is missing");
  const hospitals: Hospital[] = [];
  let founding: { readonly deployedAtBlock: number; readonly contracts: Omit<Deployment, "deployedAtBlock"> } | null = null;
  const council = generatePrivateKey();
  const rpc = httpRpc(first.rpcUrl);

  async function newHospital(name: string, node: BesuNode): Promise<Hospital> {
    const home = join(dir, name);
    await mkdir(home, { recursive: true });
    const passphrase = randomBytes(24).toString("base64");
    await writeFile(join(home, "passphrase"), passphrase, { mode: 0o600 });
    const keyring = await createKeyring(join(home, "keyring"), Buffer.from(passphrase), { role: "hospital", name, logN: 10 });
    if (keyring.role !== "hospital") throw new Error("a hospital's keyring was asked for");
    const governor = generatePrivateKey();
    const governorFile = join(home, "governor.key");
    await writeFile(governorFile, governor, { mode: 0o600 });
    const [peerPort = 0] = await freePorts(1);
    const hospital: Hospital = { name, dir: home, config: join(home, "agent.yaml"), governor, governorFile, keyring, peerPort, node, lines: [], agent: null, urls: null };
    hospitals.push(hospital);
    return hospital;
  }

  async function configure(hospital: Hospital, member: number, over: Readonly<Record<string, unknown>> = {}): Promise<void> {
    if (founding === null) throw new Error("nothing is founded yet");
    const { node } = hospital;
    const settings = {
      role: "hospital",
      member,
      name: hospital.name,
      dataDir: "data",
      keyring: { dir: "keyring", passphraseFile: "passphrase" },
      chain: { endpoint: node.rpcUrl, websocket: node.wsUrl, admin: node.adminUrl, chainId: net.chainId, genesisHash: net.genesisHash, ...founding, pollMilliseconds: 250 },
      consortium: { everySeconds: 1, candidateBlocks: 5, stallPeriods: 15, staticNodesFile: join(node.dir, "static-nodes.json"), permissionsFile: join(node.dir, "permissions.toml") },
      clinical: { port: 0 },
      peer: { host: "127.0.0.1", port: hospital.peerPort },
      ops: { port: (await freePorts(1))[0] },
      storage: { minFreeBytes: 0 },
      ...over,
    };
    await writeFile(hospital.config, stringify(settings));
  }

  async function close(): Promise<void> {
    await Promise.all(hospitals.map(({ agent }) => agent?.stop()));
    await net.stop();
  }

  try {
    for (const [at, node] of net.validators.entries()) await newHospital(`hospital-${at + 1}`, node);
    const { deployedAtBlock, ...contracts } = await deployConsortium({
      rpc,
      deployerKey: generatePrivateKey(),
      council: privateKeyToAccount(council).address,
      reviewers: [],
      members: hospitals.map(({ name, keyring, governor, peerPort }) => ({
        kind: "Hospital",
        governor: privateKeyToAccount(governor).address,
        operators: [privateKeyToAccount(keyring.operatorKey).address],
        profile: { displayName: name, endpoint: `https://127.0.0.1:${peerPort}`, openpgpSha256: keyring.identity.certificate.digest, spkiSha256: keyring.tls.spkiSha256 },
      })),
      timeoutSeconds: 600,
    });
    founding = { deployedAtBlock, contracts };
    for (const [at, hospital] of hospitals.entries()) await configure(hospital, at + 1);
    const { MemberRegistry } = await loadArtifacts();
    const sender = await createSender({ rpc, key: council, timeoutSeconds: 600, onStep: () => {} });
    return {
      net,
      hospitals,
      contracts,
      council,
      async decide(functionName, args) {
        encodeFunctionData({ abi: MemberRegistry.abi as Abi, functionName, args });
        await sender.send(functionName, contracts.memberRegistry, MemberRegistry.abi, functionName, args);
      },
      newHospital,
      configure,
      async startAgent(hospital) {
        const config = await loadConfig(hospital.config);
        const { readFile } = await import("node:fs/promises");
        hospital.agent = createAgent(config, { passphrase: await readFile(join(hospital.dir, "passphrase")), log: listening(hospital.lines) });
        hospital.urls = await hospital.agent.start();
      },
      registerNode: ({ node, config, governorFile }, validator) => succeed(fiducial(["member", "nodes", "add", node.enode, ...(validator ? ["--validator"] : []), "--config", config, "--key-file", governorFile])),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The agent's own word on whether it can serve. */
export async function readinessOf(hospital: Hospital): Promise<{ readonly ready: boolean; readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly reason: string | null }[] }> {
  const answer = await fetch(`${hospital.urls?.ops ?? ""}/readyz`);
  return (await answer.json()) as Awaited<ReturnType<typeof readinessOf>>;
}

/** A metric's samples, one line each. */
export async function metricLines(hospital: Hospital, name: string): Promise<string[]> {
  const text = await (await fetch(`${hospital.urls?.ops ?? ""}/metrics`)).text();
  return text.split("\n").filter((line) => line.startsWith(name) && !line.startsWith("#"));
}
