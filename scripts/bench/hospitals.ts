import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { openAccounts } from "../../node-agent/src/accounts/accounts.ts";
import { type Child, startChild } from "../local/child.ts";
import { ensureContracts, openConsortium } from "../local/consortium.ts";
import { freePortBlock } from "../../network/local/ports.ts";
import { type BlockEngine, folderBlocks } from "../local/engines/block-engine.ts";
import type { ChainEngine } from "../local/engines/chain-engine.ts";
import { embeddedChain } from "../local/engines/embedded-chain.ts";
import type { Founding } from "../local/found.ts";
import { hospitalKeyring } from "../local/keys.ts";
import { layout, type Seat } from "../local/layout.ts";
import { readablePassword } from "../local/secrets.ts";
import { call, type Server } from "./api.ts";

/** One hospital's agent in a process of its own, with two clinicians signed in. */
export type Hospital = { readonly seat: Seat; readonly pid: number; readonly server: Server; readonly second: Server };
export type Hospitals = { readonly dir: string; readonly chainUrl: string; readonly founding: Founding; readonly a: Hospital; readonly b: Hospital; stop(): Promise<void> };

const settleSeconds = 1;
const chainPollMilliseconds = 20;

/** Ports that a local consortium lays out from its base on, its engines' included. */
const portsInAll = 150;

/** With one replica the study has to travel: no copy lies at the hospital that will ask for it. */
async function adjustConfig(seat: Seat, replicas: number): Promise<void> {
  const config = parse(await readFile(seat.configFile, "utf8")) as { storage: object; share: object; chain: object };
  const changed = { ...config, storage: { ...config.storage, replicas }, share: { settleSeconds }, chain: { ...config.chain, pollMilliseconds: chainPollMilliseconds } };
  await writeFile(seat.configFile, stringify(changed));
}

async function isReady(seat: Seat): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await fetch(`http://127.0.0.1:${seat.opsPort}/readyz`).then((answer) => answer.ok, () => false)) return;
    await sleep(50);
  }
  throw new Error(`${seat.name} is not ready; see ${await readFile(seat.logFile, "utf8").then((text) => text.slice(-2000), () => "no log")}`);
}

async function startHospital(seat: Seat, replicas: number): Promise<{ hospital: Hospital; child: Child }> {
  await mkdir(dirname(seat.accountsFile), { recursive: true });
  const accounts = await openAccounts(seat.accountsFile, { indexKey: (await hospitalKeyring(seat)).indexKey });
  const password = readablePassword();
  for (const name of ["clinician", "second"]) await accounts.put({ name, password, roles: ["clinician"], patient: null });
  await adjustConfig(seat, replicas);
  const args = ["agent", "run", "--config", seat.configFile, "--exit-with-parent"];
  const { child } = await startChild({ name: seat.name, script: "node-agent/src/main.ts", args, logFile: seat.logFile });
  try {
    await isReady(seat);
  } catch (error) {
    await child.kill();
    throw error;
  }
  const url = `http://127.0.0.1:${seat.clinicalPort}`;
  // A session, as a viewer or a modality has one: the password is hashed once and not for every request.
  const signIn = async (name: string): Promise<Server> => {
    const { token } = await call<{ token: string }>({ url }, "POST", "/api/session", { name, password });
    return { url, authorization: `Bearer ${token}` };
  };
  return { child, hospital: { seat, pid: child.pid, server: await signIn("clinician"), second: await signIn("second") } };
}

/** Founds a consortium in a temporary folder, on free ports and on the given chain, and starts the agents of hospitals A and B; `stop` ends everything and removes the folder. */
export async function startHospitals({ replicas = 1, chain = embeddedChain, blocks = folderBlocks }: { readonly replicas?: number; readonly chain?: ChainEngine; readonly blocks?: BlockEngine } = {}): Promise<Hospitals> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-bench-"));
  const children: Child[] = [];
  // For an end before `stop`: what writes here goes first, or it would write on while the folder is removed.
  const forget = () => {
    for (const { pid } of children) process.kill(pid, "SIGKILL");
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("exit", forget);
  let consortium: Awaited<ReturnType<typeof openConsortium>> | null = null;
  const stop = async (): Promise<void> => {
    await Promise.all(children.splice(0).map((child) => child.stop()));
    await consortium?.stop();
    await rm(dir, { recursive: true, force: true });
    process.off("exit", forget);
  };
  try {
    ensureContracts(() => {});
    const plan = layout(dir, await freePortBlock(portsInAll));
    consortium = await openConsortium(plan, { chain, blocks }, () => {});
    const start = async (key: Seat["key"]): Promise<Hospital> => {
      const seat = plan.seats.find((one) => one.key === key);
      if (seat === undefined) throw new Error(`no hospital ${key}`);
      const { child, hospital } = await startHospital(seat, replicas);
      children.push(child);
      return hospital;
    };
    return { dir, chainUrl: consortium.chain.url, founding: consortium.founding, a: await start("a"), b: await start("b"), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
