import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { startEmbeddedChain } from "../../../network/embedded/start.ts";
import { freePort } from "../../../network/local/ports.ts";
import { deployConsortium, type Founder } from "../../../scripts/deploy/consortium.ts";
import { httpRpc } from "../../../scripts/deploy/http.ts";
import { type Child, startChild } from "../../../scripts/local/child.ts";
import { fiducial, type Ran } from "./run-program.ts";

export type Urls = { readonly clinical: string; readonly peer: string | null; readonly ops: string };
/** One institution set up only with the command line, its agent running as a process of its own. */
export type Seat = {
  readonly config: string;
  readonly dir: string;
  readonly urls: Urls;
  readonly child: Child;
  /** Runs a command signed in as the account of that name. */
  as(name: string, args: readonly string[]): Promise<Ran>;
};
/** `close` ends every agent by SIGTERM and says of each whether it ended by itself with status 0; then the chain. Safe to call twice. */
export type Town = { readonly a: Seat; readonly b: Seat; readonly regulator: Seat; close(): Promise<boolean[]> };

type Admission = { readonly admission: { readonly operator: `0x${string}`; readonly openpgpSha256: `0x${string}`; readonly spkiSha256: `0x${string}` } };
const none = `0x${"0".repeat(64)}` as const;
const people = { doctor: "clinician", colleague: "clinician", auditor: "auditor" } as const;

const succeed = async (ran: Promise<Ran>): Promise<Ran> => {
  const done = await ran;
  if (done.status !== 0) throw new Error(`status ${done.status}: ${done.err}`);
  return done;
};

/** Two hospitals and a regulator on a chain of their own in `dir`; `reviewer` may review emergencies. */
export async function foundTown(dir: string, reviewer: `0x${string}`): Promise<Town> {
  const chain = await startEmbeddedChain({ dir: join(dir, "chain"), port: 0 });
  const seats = [
    { key: "a", name: "Hospital A", role: "hospital" },
    { key: "b", name: "Hospital B", role: "hospital" },
    { key: "regulator", name: "Regulator", role: "observer" },
  ] as const;
  const ports = new Map<string, number>();
  const founders: Founder[] = [];
  for (const { key, name, role } of seats) {
    const port = await freePort();
    ports.set(key, port);
    const made = await succeed(fiducial(["--json", "agent", "init", "--dir", join(dir, key), "--name", name, "--role", role]));
    const { operator, openpgpSha256 = none, spkiSha256 = none } = made.json<Partial<Admission>>().admission ?? {};
    founders.push({
      kind: role === "hospital" ? "Hospital" : "Observer",
      governor: privateKeyToAccount(generatePrivateKey()).address,
      operators: operator === undefined ? [] : [operator],
      profile: { displayName: name, endpoint: role === "hospital" ? `https://127.0.0.1:${port}` : "", openpgpSha256, spkiSha256 },
    });
  }
  const council = privateKeyToAccount(generatePrivateKey()).address;
  const { deployedAtBlock, ...contracts } = await deployConsortium({ rpc: httpRpc(chain.url), deployerKey: generatePrivateKey(), council, reviewers: [reviewer], members: founders });
  const started: Seat[] = [];
  for (const [at, { key, name, role }] of seats.entries()) {
    const config = join(dir, key, "agent.yaml");
    const settings = {
      role,
      member: at + 1,
      name,
      ...(role === "hospital" ? { keyring: { dir: "keyring", passphraseFile: "passphrase" }, peer: { host: "127.0.0.1", port: ports.get(key) } } : {}),
      chain: { endpoint: chain.url, chainId: chain.chainId, genesisHash: chain.genesisHash, contracts, deployedAtBlock, pollMilliseconds: 50 },
      clinical: { port: 0 },
      ops: { port: await freePort() },
      storage: { replicas: 2, minFreeBytes: 0 },
      share: { settleSeconds: 3600 },
    };
    await writeFile(config, stringify(settings));
    started.push(await startSeat(config, join(dir, key)));
  }
  const [a, b, regulator] = started;
  if (a === undefined || b === undefined || regulator === undefined) throw new Error("three seats are needed");
  let closed: Promise<boolean[]> | null = null;
  const close = async (): Promise<boolean[]> => {
    const clean = await Promise.all(started.map(({ child }) => child.stop()));
    await chain.close();
    return clean;
  };
  return { a, b, regulator, close: () => (closed ??= close()) };
}

async function startSeat(config: string, dir: string): Promise<Seat> {
  await mkdir(join(dir, "people"), { recursive: true });
  for (const [name, roles] of Object.entries(people)) {
    await writeFile(join(dir, "people", name), `password of ${roles}\n`);
    await succeed(fiducial(["agent", "account", "add", name, "--roles", roles, "--password-file", join(dir, "people", name), "--config", config]));
  }
  const { child, ready } = await startChild<Urls & { readonly ready: true }>({ name: dir, script: "node-agent/src/main.ts", args: ["agent", "run", "--config", config, "--exit-with-parent"], logFile: join(dir, "agent.log") });
  return { config, dir, urls: ready, child, as: (name, args) => fiducial(["--json", ...args], { url: ready.clinical, user: name, passwordFile: join(dir, "people", name) }) };
}

/** The agent's log, for a failing test. */
export const logOf = (seat: Seat): Promise<string> => readFile(join(seat.dir, "agent.log"), "utf8");
