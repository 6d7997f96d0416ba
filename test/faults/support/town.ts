import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { stringify } from "yaml";
import { freePort, freePorts } from "../../../network/local/ports.ts";
import { openAccounts } from "../../../node-agent/src/accounts/accounts.ts";
import { createKeyring, type HospitalKeyring } from "../../../node-agent/src/envelope/keyring.ts";
import { deployConsortium, type Deployment, type GovernedDeployment } from "../../../scripts/deploy/consortium.ts";
import type { Governance } from "../../../scripts/deploy/governance.ts";
import { httpRpc } from "../../../scripts/deploy/http.ts";
import { ApiClient } from "../../../scripts/journey/api-client.ts";
import { type Child, startChild } from "../../../scripts/local/child.ts";

export type Urls = { readonly clinical: string; readonly peer: string | null; readonly ops: string };
type Hex = `0x${string}`;
export type ChainReady = { readonly url: string; readonly chainId: number; readonly genesisHash: string };

/** A process that may be ended and started again on the same files. */
export type Restartable<Ready> = {
  readonly child: () => Child;
  readonly ready: () => Ready;
  start(program?: readonly string[]): Promise<Ready>;
};

/** One hospital whose agent is a process of its own. */
export type Seat = {
  readonly name: string;
  readonly member: number;
  readonly dir: string;
  readonly dataDir: string;
  readonly config: string;
  readonly log: string;
  readonly keyring: HospitalKeyring;
  readonly agent: Restartable<Urls>;
  /** A client signed in as the account of that name, at where the agent listens now. */
  as(name: Person): ApiClient;
};

export type Town = {
  readonly dir: string;
  readonly chain: Restartable<ChainReady>;
  readonly chainDir: string;
  readonly contracts: Omit<Deployment, "deployedAtBlock"> & Partial<Pick<GovernedDeployment, "council" | "timelock" | "guardianPanel">>;
  readonly deployedAtBlock: number;
  /** The key that governs where no Council does. */
  readonly council: Hex;
  readonly governors: readonly Hex[];
  readonly seats: readonly Seat[];
  /** Ends everything that runs and removes the folder. Safe to call twice. */
  close(): Promise<void>;
};

export type TownOptions = {
  readonly hospitals: number;
  /** The hospitals decide by vote, with these periods; a key governs unless given. */
  readonly governance?: Governance;
  readonly settleSeconds?: number;
  readonly replicas?: number;
  readonly staleAfterSeconds?: number;
  /** Further settings of a seat's storage, by its place. */
  readonly storage?: (place: number) => Readonly<Record<string, unknown>>;
  /** Where a seat keeps its data, by its place; inside the town's folder unless given. */
  readonly dataDirs?: readonly string[];
};

const people = { clinician: ["clinician"], second: ["clinician"], auditor: ["auditor"], admin: ["admin"] } as const;
export type Person = keyof typeof people;
export const passwordOf = (name: string): string => `the password of ${name}`;

/** What runs now and what is about to; once it is closed nothing is started any more, and what is still starting is killed. */
type Running = { readonly children: Set<Child>; readonly starting: Set<Promise<unknown>>; readonly closed: AbortController };

function restartable<Ready>(name: string, logFile: string, usual: readonly string[], running: Running): Restartable<Ready> {
  let now: { child: Child; ready: Ready } | null = null;
  const last = (): { child: Child; ready: Ready } => {
    if (now === null) throw new Error(`${name} was never started`);
    return now;
  };
  return {
    child: () => last().child,
    ready: () => last().ready,
    async start(program = usual) {
      const { signal } = running.closed;
      if (signal.aborted) throw new Error(`${name} is not started again: the town is closed`);
      const [script = "", ...args] = program;
      const start = startChild<Ready>({ name, script, args, logFile, signal }).then((started) => {
        running.children.add(started.child);
        void started.child.gone.then(() => running.children.delete(started.child));
        return started;
      });
      const settled: Promise<unknown> = start.catch(() => {}).then(() => running.starting.delete(settled));
      running.starting.add(settled);
      now = await start;
      return now.ready;
    },
  };
}

/** Hospitals on a chain of their own, agents not yet started. All of it in a fresh temporary folder. */
export async function foundTown(options: TownOptions): Promise<Town> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-faults-"));
  const running: Running = { children: new Set(), starting: new Set(), closed: new AbortController() };
  const chainDir = join(dir, "chain");
  const chainProgram = ["network/embedded/main.ts", "--dir", chainDir, "--port", String(await freePort()), "--heartbeat-ms", "1000", "--watch-stdin"];
  const chain = restartable<ChainReady>("chain", join(dir, "chain.log"), chainProgram, running);
  const close = async (): Promise<void> => {
    running.closed.abort(new Error("the town is closed"));
    // A start that another one's failure left alone is not over yet, and its child is known only when it is.
    await Promise.all(running.starting);
    await Promise.all([...running.children].map((child) => child.kill()));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const { url, chainId, genesisHash } = await chain.start();
    const governors = Array.from({ length: options.hospitals }, () => generatePrivateKey());
    const made = await Promise.all(
      governors.map(async (_governor, at) => {
        const name = `Hospital ${at + 1}`;
        const home = join(dir, `hospital-${at + 1}`);
        await mkdir(home);
        const passphrase = randomBytes(24).toString("base64");
        await writeFile(join(home, "passphrase"), passphrase, { mode: 0o600 });
        const keyring = await createKeyring(join(home, "keyring"), Buffer.from(passphrase), { role: "hospital", name, logN: 10 });
        if (keyring.role !== "hospital") throw new Error("a hospital's keyring was asked for");
        const [peerPort = 0, opsPort = 0] = await freePorts(2);
        return { name, home, keyring, peerPort, opsPort };
      }),
    );
    const council = generatePrivateKey();
    const { deployedAtBlock, ...contracts } = await deployConsortium({
      rpc: httpRpc(url),
      deployerKey: generatePrivateKey(),
      ...(options.governance === undefined ? { council: privateKeyToAccount(council).address } : { governance: options.governance, guardians: [privateKeyToAccount(council).address] }),
      reviewers: [],
      members: made.map(({ name, keyring, peerPort }, at) => ({
        kind: "Hospital",
        governor: privateKeyToAccount(governors[at] ?? council).address,
        operators: [privateKeyToAccount(keyring.operatorKey).address],
        profile: { displayName: name, endpoint: `https://127.0.0.1:${peerPort}`, openpgpSha256: keyring.identity.certificate.digest, spkiSha256: keyring.tls.spkiSha256 },
      })),
    });
    const seats = await Promise.all(
      made.map(async ({ name, home, keyring, peerPort, opsPort }, at): Promise<Seat> => {
        const config = join(home, "agent.yaml");
        const dataDir = options.dataDirs?.[at] ?? join(home, "data");
        const log = join(home, "agent.log");
        const settings = {
          role: "hospital",
          member: at + 1,
          name,
          dataDir,
          keyring: { dir: "keyring", passphraseFile: "passphrase" },
          peer: { host: "127.0.0.1", port: peerPort },
          chain: { endpoint: url, chainId, genesisHash, contracts, deployedAtBlock, pollMilliseconds: 20, staleAfterSeconds: options.staleAfterSeconds ?? 60 },
          clinical: { port: 0 },
          ops: { port: opsPort },
          storage: { replicas: options.replicas ?? 2, minFreeBytes: 0, ...options.storage?.(at) },
          share: { settleSeconds: options.settleSeconds ?? 0 },
        };
        await writeFile(config, stringify(settings));
        const accounts = openAccounts(join(home, "accounts.json"), { indexKey: keyring.indexKey });
        for (const [person, roles] of Object.entries(people)) await accounts.put({ name: person, password: passwordOf(person), roles: [...roles], patient: null });
        const agent = restartable<Urls>(name, log, ["node-agent/src/main.ts", "agent", "run", "--config", config, "--exit-with-parent"], running);
        return { name, member: at + 1, dir: home, dataDir, config, log, keyring, agent, as: (person) => new ApiClient(agent.ready().clinical, person, passwordOf(person)) };
      }),
    );
    return { dir, chain, chainDir, contracts, deployedAtBlock, council, governors, seats, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The seat at a place. */
export function seatAt(town: Town, place: number): Seat {
  const seat = town.seats[place];
  if (seat === undefined) throw new Error(`no seat ${place}`);
  return seat;
}
