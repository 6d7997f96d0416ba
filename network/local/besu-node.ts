import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fault } from "../../node-agent/src/model/fault.ts";
import { nodeFileNames } from "../besu/node-files.ts";
import { enodeOf, type NodeKey } from "../besu/node-key.ts";
import type { Hex } from "../hex.ts";
import { askNode } from "../json-rpc.ts";
import { checkNode } from "../lint/check-node.ts";
import { besuLog4j } from "./besu-logging.ts";
import { guardChild } from "./guardian.ts";

/** A Besu node as a process on loopback. */
export type BesuNode = {
  readonly name: string;
  readonly role: "validator" | "member" | "observer";
  readonly address: Hex;
  readonly publicKey: string;
  readonly enode: string;
  readonly rpcUrl: string;
  readonly wsUrl: string;
  /** Where ADMIN, PERM, IBFT and QBFT answer; on loopback that is the same listener. */
  readonly adminUrl: string;
  readonly metricsUrl: string;
  /** The node's folder: besu.toml, genesis.json, static-nodes.json, permissions.toml, key, and data/. Files may be changed while it is stopped. */
  readonly dir: string;
  readonly logFile: string;
  /** Process number while it runs, else null. */
  pid(): number | null;
  /** One call to its JSON-RPC. Throws NETWORK_NODE_ANSWER. */
  ask(method: string, params?: readonly unknown[]): Promise<unknown>;
  /**
   * Starts it and resolves when its RPC answers; does nothing while it runs. Throws NETWORK_NODE_CONFIG with everything that Besu would refuse or change in its
   * configuration, before anything is started, and NETWORK_NODE_FAILED with Besu's last words.
   */
  start(): Promise<void>;
  /** Asks it to stop and waits; true when it ended by itself, false when it had to be killed. */
  stop(): Promise<boolean>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Holds the process where it is, and lets it go on: a node that hangs. */
  freeze(): void;
  thaw(): void;
  /** Deletes its data (chain and state), keeping key and configuration. Throws TypeError while it runs. */
  wipe(): Promise<void>;
  /** Resolves when the process that runs now is gone, with its exit code or signal; at once with null when none runs. */
  gone(): Promise<number | string | null>;
};

export type BesuNodeOptions = {
  readonly command: string;
  readonly name: string;
  readonly role: BesuNode["role"];
  readonly dir: string;
  readonly key: NodeKey;
  readonly p2pPort: number;
  readonly rpcPort: number;
  readonly wsPort: number;
  readonly metricsPort: number;
  /** Besu's environment; JAVA_OPTS in it replaces the small heap used here. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long a start may take, ms. */
  readonly patience: number;
};

/** A node of a small network: 220 to 290 MB resident, ready in a few seconds. */
const smallJava = "-Xms64m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1";

type Running = { readonly child: ChildProcess; readonly gone: Promise<number | string> };

/** A handle on the node whose files lie in `dir`; nothing runs until `start`. */
export function besuNode(options: BesuNodeOptions): BesuNode {
  const { name, dir, key } = options;
  const rpcUrl = `http://127.0.0.1:${options.rpcPort}`;
  const logFile = join(dir, "besu.log");
  const config = join(dir, nodeFileNames.config);
  let running: Running | null = null;

  function spawnBesu(): Running {
    const log = openSync(logFile, "a");
    const environment = { ...options.environment, JAVA_OPTS: options.environment["JAVA_OPTS"] ?? smallJava, LOG4J_CONFIGURATION_FILE: join(dir, "log4j2.xml") };
    const child = spawn(options.command, [`--config-file=${config}`], { stdio: ["ignore", log, log], detached: true, env: environment as NodeJS.ProcessEnv });
    closeSync(log);
    const release = child.pid === undefined ? () => {} : guardChild(child.pid, config);
    const gone = new Promise<number | string>((resolve) => {
      child.once("exit", (code, signal) => resolve(code ?? signal ?? 1));
      child.once("error", () => resolve(1));
    });
    const mine = { child, gone };
    void gone.then(() => {
      release();
      if (running === mine) running = null;
    });
    return mine;
  }

  async function start(): Promise<void> {
    if (running !== null) return;
    await checkNode(name, config);
    await mkdir(join(dir, nodeFileNames.data), { recursive: true });
    await writeFile(join(dir, "log4j2.xml"), besuLog4j);
    const mine = spawnBesu();
    running = mine;
    const deadline = Date.now() + options.patience;
    for (;;) {
      const ended = await Promise.race([mine.gone, sleep(100).then(() => null)]);
      if (ended !== null) throw fault("NETWORK_NODE_FAILED", { node: name, how: `ended before it answered (${ended})`, log: logFile, lastWords: lastWords(logFile) });
      const answered = await askNode(rpcUrl, "eth_chainId", [], 5000).then(() => true, () => false);
      if (answered) return;
      if (Date.now() < deadline) continue;
      await kill();
      throw fault("NETWORK_NODE_FAILED", { node: name, how: `did not answer within ${options.patience / 1000} s`, log: logFile, lastWords: lastWords(logFile) });
    }
  }

  async function kill(): Promise<void> {
    const mine = running;
    mine?.child.kill("SIGKILL");
    await mine?.gone;
  }

  async function stop(): Promise<boolean> {
    const mine = running;
    if (mine === null) return true;
    mine.child.kill("SIGTERM");
    mine.child.kill("SIGCONT");
    const late = new AbortController();
    const killed = sleep(60_000, null, { signal: late.signal }).then(() => mine.child.kill("SIGKILL"), () => false);
    const how = await mine.gone;
    late.abort();
    await killed;
    return how !== "SIGKILL";
  }

  return {
    name,
    role: options.role,
    address: key.address,
    publicKey: key.publicKey,
    enode: enodeOf({ publicKey: key.publicKey, host: "127.0.0.1", p2pPort: options.p2pPort }),
    rpcUrl,
    wsUrl: `ws://127.0.0.1:${options.wsPort}`,
    adminUrl: rpcUrl,
    metricsUrl: `http://127.0.0.1:${options.metricsPort}/metrics`,
    dir,
    logFile,
    pid: () => running?.child.pid ?? null,
    ask: (method, params) => askNode(rpcUrl, method, params),
    start,
    stop,
    kill,
    freeze: () => void running?.child.kill("SIGSTOP"),
    thaw: () => void running?.child.kill("SIGCONT"),
    async wipe() {
      if (running !== null) throw new TypeError(`${name} is running; stop it before its data is deleted`);
      await rm(join(dir, nodeFileNames.data), { recursive: true, force: true });
    },
    gone: async () => (running === null ? null : await running.gone),
  };
}

/** What Besu said when it gave up: its own sentence is on a line without a time stamp, or the last error in the log. */
function lastWords(file: string): string {
  const lines = readFileSync(file, "utf8").split("\n").slice(-60).filter((line) => line.trim() !== "");
  const plain = lines.filter((line) => !/^\d{4}-\d\d-\d\dT|^\s*at |^To display full help|^besu \[COMMAND\]/u.test(line));
  const errors = lines.filter((line) => /^\S+ (?:ERROR|FATAL)/u.test(line));
  return (errors.at(-1) ?? plain.at(-1) ?? lines.at(-1) ?? "it said nothing").trim().slice(0, 600);
}
