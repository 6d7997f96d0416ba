import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, startChild } from "./child.ts";
import type { RunningBlocks } from "./engines/block-engine.ts";
import type { RegisteredNode, RunningChain } from "./engines/chain-engine.ts";
import type { Engines } from "./engines/choose.ts";
import { type Founding, foundConsortium, founders } from "./found.ts";
import { writeAgentConfig } from "./agent-config.ts";
import type { Layout, Seat } from "./layout.ts";
import { Refusal } from "./preflight.ts";

/** The running local consortium. `stop` ends every child cleanly, agents before the chain's, and tells which one did not end by itself. */
export type Consortium = {
  readonly founding: Founding;
  readonly chain: RunningChain;
  startAgent(key: Seat["key"]): Promise<void>;
  stopAgent(key: Seat["key"]): Promise<void>;
  /** Deletes what a stopped agent keeps and can have again, as the loss of its disk would. */
  loseData(key: Seat["key"]): Promise<void>;
  /** Folders with everything that the processes have written so far, keys and passwords left out where they are apart. */
  written(): Promise<readonly string[]>;
  /** Resolves with a sentence when a child ends that nobody stopped. */
  readonly broken: Promise<string>;
  stop(): Promise<string[]>;
};

/** Compiles the contracts unless the compiled ones are newer than every source. */
export function ensureContracts(note: (text: string) => void): void {
  const compiled = "artifacts/contracts/AccessLedger.sol/AccessLedger.json";
  const newest = Math.max(...readdirSync("contracts", { recursive: true, withFileTypes: true }).map((item) => statSync(join(item.parentPath, item.name)).mtimeMs));
  if (existsSync(compiled) && statSync(compiled).mtimeMs >= newest) {
    note("compiled earlier");
    return;
  }
  note("compiling, about a minute");
  const { status, stderr, stdout } = spawnSync(process.execPath, ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet"], { encoding: "utf8" });
  if (status !== 0) throw new Refusal(`The contracts do not compile:\n${stdout}${stderr}`);
}

/**
 * Starts the chain, founds or finds the consortium on it, and writes each agent's configuration. Agents are started one by one by the caller.
 * When `signal` aborts, whatever is being started ends and is thrown; nothing is started any more after that or after `stop`.
 */
export async function openConsortium(plan: Layout, { chain: engine, blocks: blockEngine }: Engines, note: (text: string) => void, signal: AbortSignal = new AbortController().signal): Promise<Consortium> {
  await mkdir(join(plan.dir, "logs"), { recursive: true });
  const children = new Map<string, Child>();
  const expected = new Set<string>();
  const trouble = Promise.withResolvers<string>();
  const closing = new AbortController();
  const unwanted = AbortSignal.any([signal, closing.signal]);
  const watch = (key: string, child: Child) => {
    children.set(key, child);
    expected.delete(key);
    void child.gone.then((how) => {
      if (!expected.has(key) && children.get(key) === child) trouble.resolve(`${child.name} ended unexpectedly (${how}); its log is in ${join(plan.dir, "logs")}`);
    });
  };
  const end = async (key: string): Promise<string[]> => {
    const child = children.get(key);
    if (child === undefined) return [];
    expected.add(key);
    const clean = await child.stop();
    children.delete(key);
    return clean ? [] : [child.name];
  };
  let chain: RunningChain | null = null;
  const ofEngine = (key: string) => key.startsWith("engine:");
  const stop = async () => {
    closing.abort(new Error("the consortium is being stopped"));
    const endAll = async (keys: readonly string[]) => (await Promise.all(keys.map(end))).flat();
    const unclean = [...(await endAll([...children.keys()].filter((key) => !ofEngine(key)))), ...(await endAll([...children.keys()].filter(ofEngine)))];
    chain?.release();
    chain = null;
    return unclean;
  };
  try {
    const running = await engine.start({ plan, founders: () => founders(plan), note, signal: unwanted });
    chain = running;
    for (const child of running.children) watch(`engine:${child.name}`, child);
    const blocks = await blockEngine.start({ plan, note, signal: unwanted });
    for (const child of blocks.children) watch(`engine:${child.name}`, child);
    const founding = await foundConsortium(plan, { ...running, nodesOf: (seat) => withPeers(running.nodesOf(seat), blocks.peersOf(seat)) }, (step) => {
      unwanted.throwIfAborted();
      note(step);
    });
    for (const seat of plan.seats) {
      await mkdir(seat.dataDir, { recursive: true });
      await writeAgentConfig(seat, founding, { chain: running, pollMilliseconds: engine.pollMilliseconds, storage: blocks.storageOf(seat) });
    }
    const seatOf = (key: Seat["key"]) => plan.seats.find((seat) => seat.key === key) ?? missing(key);
    return {
      founding,
      chain: running,
      broken: trouble.promise,
      stop,
      async startAgent(key) {
        const seat = seatOf(key);
        const { child: agent } = await startChild({
          name: seat.name,
          script: "node-agent/src/main.ts",
          args: ["agent", "run", "--config", seat.configFile, "--exit-with-parent"],
          logFile: seat.logFile,
          signal: unwanted,
        });
        watch(key, agent);
        await becomesReady(seat, agent, unwanted);
      },
      async stopAgent(key) {
        const unclean = await end(key);
        if (unclean.length > 0) throw new Error(`${unclean.join(", ")} did not end cleanly when asked to`);
      },
      loseData: (key) => rm(seatOf(key).dataDir, { recursive: true }),
      written: async () => [plan.dir],
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** No key of any node: what an institution lists that has IPFS peers and no chain node of its own. */
const noKey = `0x${"0".repeat(128)}` as const;

/** An institution's IPFS peers stand beside its first node. */
function withPeers(nodes: readonly RegisteredNode[], peers: ReturnType<RunningBlocks["peersOf"]>): readonly RegisteredNode[] {
  if (peers === null) return nodes;
  const { port, ...ids } = peers;
  const [first = { enodeKey: noKey, host: "127.0.0.1", port, validator: false }, ...others] = nodes;
  return [{ ...first, ...ids }, ...others];
}

/** Waits until the agent's own readiness says yes; quotes its reasons when it does not. */
async function becomesReady(seat: Seat, agent: Child, signal: AbortSignal): Promise<void> {
  let reasons = "no answer";
  for (let tries = 0; tries < 1200; tries++) {
    const gone = await Promise.race([agent.gone, sleep(100).then(() => null)]);
    signal.throwIfAborted();
    if (gone !== null) throw new Error(`${seat.name} ended (${gone}); see ${seat.logFile}`);
    try {
      const response = await fetch(`http://127.0.0.1:${seat.opsPort}/readyz`);
      if (response.ok) return;
      reasons = await response.text();
    } catch {
      reasons = "no answer";
    }
  }
  throw new Error(`${seat.name} is not ready after 120 s: ${reasons}`);
}

function missing(key: string): never {
  throw new Error(`no institution ${key}`);
}
