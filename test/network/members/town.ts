import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { stringify } from "yaml";
import type { Protocol } from "../../../network/genesis/extra-data.ts";
import { type BesuNetwork, startBesuNetwork } from "../../../network/local/besu-network.ts";
import type { BesuNode } from "../../../network/local/besu-node.ts";
import { freePorts } from "../../../network/local/ports.ts";
import { type Agent, type AgentUrls, createAgent } from "../../../node-agent/src/agent.ts";
import { loadConfig } from "../../../node-agent/src/config/load.ts";
import { createKeyring, type HospitalKeyring } from "../../../node-agent/src/envelope/keyring.ts";
import type { Log, LogFields } from "../../../node-agent/src/ports/log.ts";
import { deployConsortium, type GovernedDeployment } from "../../../scripts/deploy/consortium.ts";
import type { Governance } from "../../../scripts/deploy/governance.ts";
import { httpRpc } from "../../../scripts/deploy/http.ts";
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
  readonly contracts: Omit<GovernedDeployment, "deployedAtBlock">;
  /** One call to a node's IBFT or QBFT methods, whichever the chain runs on. */
  consensus(node: BesuNode, method: string, params?: readonly unknown[]): Promise<unknown>;
  validatorsAt(node: BesuNode): Promise<string[]>;
  /**
   * What the hospitals decide by the command line, each at its own agent with its own governor's key: the first of `by` proposes (`fiducial member propose WHAT...`), all of `by` vote in favour,
   * the last one's agent queues and executes it. `by` is every hospital whose agent runs unless given. Gives the proposal's number.
   */
  decide(what: readonly string[], by?: readonly Hospital[]): Promise<number>;
  /** One command line as this hospital's administrator, against its own agent. */
  as(hospital: Hospital, args: readonly string[]): Promise<Ran>;
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

/** Short, so that a decision is watched from proposal to effect; long enough for a slow machine to cast every vote. Seconds of block time. */
const governance: Governance = { votingDelay: 1, votingPeriod: 45, timelockDelay: 1, gracePeriod: 86_400, minHospitals: 2 };

type Row = { readonly number: number; readonly standing: { readonly state: string } };
const codeIn = ({ err }: Ran): string => {
  try {
    return (JSON.parse(err) as { readonly error: { readonly code: string } }).error.code;
  } catch {
    return "";
  }
};

/** Four hospitals with a validator each under a Council of theirs, their agents not yet started and their nodes not yet registered. */
export async function foundMembers(dir: string, protocol: Protocol = "ibft2"): Promise<MembersTown> {
  const net = await startBesuNetwork({ dir: join(dir, "chain"), validators: 4, protocol });
  const [first] = net.validators;
  if (first === undefined) throw new Error("a node is missing");
  const hospitals: Hospital[] = [];
  let founding: { readonly deployedAtBlock: number; readonly contracts: Omit<GovernedDeployment, "deployedAtBlock"> } | null = null;
  const rpc = httpRpc(first.rpcUrl);
  const consensus = (node: BesuNode, method: string, params: readonly unknown[] = []): Promise<unknown> => node.ask(`${protocol === "qbft" ? "qbft" : "ibft"}_${method}`, params);

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
      identity: { accountsFile: "accounts.json" },
      ...over,
    };
    await writeFile(hospital.config, stringify(settings));
    await addAdmin(hospital);
  }

  async function addAdmin({ dir: home, config }: Hospital): Promise<void> {
    const passwordFile = join(home, "admin.password");
    await writeFile(passwordFile, randomBytes(18).toString("base64"), { mode: 0o600 });
    await succeed(fiducial(["--password-file", passwordFile, "agent", "account", "add", "admin", "--roles", "admin", "--config", config]));
  }

  const as = (hospital: Hospital, args: readonly string[]): Promise<Ran> => fiducial(["--json", ...args], { url: hospital.urls?.clinical ?? "", user: "admin", passwordFile: join(hospital.dir, "admin.password") });
  const stateOf = async (hospital: Hospital, number: number): Promise<string> => (await succeed(as(hospital, ["member", "show", `p${number}`]))).json<Row>().standing.state;
  let reasons = 0;

  async function decide(what: readonly string[], by: readonly Hospital[] = hospitals.filter(({ agent }) => agent !== null)): Promise<number> {
    const [proposer, last] = [by[0], by.at(-1)];
    if (proposer === undefined || last === undefined) throw new Error("nobody decides");
    const { number } = (await succeed(as(proposer, ["member", "propose", ...what, "--why", `for the test, ${++reasons}`, "--key-file", proposer.governorFile]))).json<Row>();
    await until("the vote opens", async () => (await stateOf(proposer, number)) === "active");
    await Promise.all(
      by.map((hospital) =>
        until(`the vote of ${hospital.name}`, async () => {
          const ran = await as(hospital, ["member", "vote", `p${number}`, "--for", "--key-file", hospital.governorFile]);
          // Its agent may be a block behind the proposer's.
          if (ran.status !== 0 && !["PROPOSAL_UNKNOWN", "PROPOSAL_STATE", "VOTE_CAST"].includes(codeIn(ran))) throw new Error(ran.err);
          return ran.status === 0 || codeIn(ran) === "VOTE_CAST";
        }),
      ),
    );
    await succeed(as(last, ["member", "queue", `p${number}`, "--wait"]));
    await succeed(as(last, ["member", "execute", `p${number}`, "--wait"]));
    return number;
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
      governance,
      guardians: [privateKeyToAccount(generatePrivateKey()).address],
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
    return {
      net,
      hospitals,
      contracts,
      consensus,
      async validatorsAt(node) {
        return ((await consensus(node, "getValidatorsByBlockNumber", ["latest"])) as string[] | null)?.map((one) => one.toLowerCase()) ?? [];
      },
      decide,
      as,
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
