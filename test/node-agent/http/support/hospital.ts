import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openBlockStore } from "../../../../node-agent/src/blocks/store.ts";
import { createKeyring } from "../../../../node-agent/src/envelope/keyring.ts";
import { Arrivals } from "../../../../node-agent/src/flows/arrivals.ts";
import { Attempts } from "../../../../node-agent/src/flows/attempts.ts";
import type { FlowSettings, HospitalContext } from "../../../../node-agent/src/flows/context.ts";
import { LedgerWatch } from "../../../../node-agent/src/flows/ledger-watch.ts";
import { observeLedger } from "../../../../node-agent/src/flows/observe-ledger.ts";
import { ProgressBoard } from "../../../../node-agent/src/flows/progress.ts";
import { readinessOf } from "../../../../node-agent/src/flows/readiness.ts";
import { RecentInstances } from "../../../../node-agent/src/flows/recent-instances.ts";
import { runReconciliation } from "../../../../node-agent/src/flows/reconcile.ts";
import { ServingQueue } from "../../../../node-agent/src/flows/serving-queue.ts";
import { RunningFetches } from "../../../../node-agent/src/flows/running-fetches.ts";
import { SessionKeys } from "../../../../node-agent/src/flows/session-keys.ts";
import { recoveryReport } from "../../../../node-agent/src/flows/recovery-report.ts";
import { StudyTallies } from "../../../../node-agent/src/flows/study-tally.ts";
import { Wake } from "../../../../node-agent/src/flows/wake.ts";
import { type ClinicalOptions, createClinicalApp } from "../../../../node-agent/src/http/clinical/app.ts";
import { listen } from "../../../../node-agent/src/http/server/listen.ts";
import { openCatalogue } from "../../../../node-agent/src/index/catalogue.ts";
import { openLedgerIndex } from "../../../../node-agent/src/index/ledger-index.ts";
import { openJournal } from "../../../../node-agent/src/journal/journal.ts";
import { createProofSource } from "../../../../node-agent/src/ledger/proof-source.ts";
import { createLedgerReader } from "../../../../node-agent/src/ledger/reader.ts";
import { openObjectWork } from "../../../../node-agent/src/threads/object-work.ts";
import { createRpc } from "../../../../node-agent/src/ledger/rpc.ts";
import { createLedgerWriter } from "../../../../node-agent/src/ledger/writer.ts";
import type { LedgerConfig } from "../../../../node-agent/src/ledger/config.ts";
import { address, digest, memberId } from "../../../../node-agent/src/model/ids.ts";
import { createLog } from "../../../../node-agent/src/ops/log.ts";
import { createMetrics } from "../../../../node-agent/src/ops/metrics.ts";
import { createReadiness } from "../../../../node-agent/src/ops/readiness.ts";
import { createPeers } from "../../../../node-agent/src/peers/create-peers.ts";
import type { LedgerReader, LedgerWriter } from "../../../../node-agent/src/ports/ledger.ts";
import type { ProofSource } from "../../../../node-agent/src/ports/proof.ts";
import { openTestAccounts, passwordOf } from "./accounts.ts";

const zero = address(`0x${"00".repeat(20)}`);
/** A node that is not there: what needs the chain answers LEDGER_UNREACHABLE. */
const nowhere: LedgerConfig = {
  endpoint: "http://127.0.0.1:9",
  chainId: 1,
  genesisHash: digest(`0x${"00".repeat(32)}`),
  contracts: { memberRegistry: zero, studyRegistry: zero, consentRegistry: zero, accessLedger: zero, creditLedger: zero, consortiumAuthority: zero } as unknown as LedgerConfig["contracts"],
  pollMs: 50,
  timeoutMs: 200,
  logsRange: 100,
};

export type Ledger = { readonly reader: LedgerReader; readonly writer: LedgerWriter; readonly proofs: ProofSource; readonly deployedAtBlock: number };

const settings: FlowSettings = {
  replicas: 1,
  minFreeBytes: 0, mostBytesPerMember: null,
  settleMs: 3_600_000,
  staleAfterSeconds: 3600,
  emergencyHoldMs: 3_600_000,
  maxInstanceBytes: 64 * 1024 * 1024,
  deployedAtBlock: 0,
};

export type Hospital = {
  readonly context: HospitalContext;
  readonly url: string;
  readonly lines: string[];
  readonly metrics: () => Promise<string>;
  readonly folder: string;
  /** Authorization header of an account made for the tests. */
  readonly as: (name: string) => string;
  readonly close: () => Promise<void>;
};

/** A hospital's clinical app on loopback over real adapters and flows; with a ledger it follows the real chain, without one it has none. */
export async function openHospital(input: { readonly ledger?: Ledger; readonly member?: number; readonly settings?: Partial<FlowSettings>; readonly options?: Partial<ClinicalOptions> } = {}): Promise<Hospital> {
  const folder = await mkdtemp(join(tmpdir(), "fiducial-http-"));
  const keyring = await createKeyring(join(folder, "keyring"), randomBytes(32), { role: "hospital", name: "Hospital A", logN: 10 });
  if (keyring.role !== "hospital") throw new Error("a hospital's keyring was asked for");
  const lines: string[] = [];
  const log = createLog({ level: "debug", to: { write: (line: string) => void lines.push(line) } });
  const exposition = createMetrics({ processMetrics: false });
  const clock = { now: Date.now, sleep: async (ms: number, signal?: AbortSignal) => void (await sleep(ms, undefined, signal === undefined ? {} : { signal })) };
  const ledgerIndex = openLedgerIndex(join(folder, "ledger.sqlite"));
  const rpc = createRpc({ endpoint: nowhere.endpoint, timeoutMs: 200, retries: 0 });
  const operatorKey = createHash("sha256").update(keyring.operatorKey).digest();
  const ledger = input.ledger ?? {
    reader: createLedgerReader(rpc, nowhere),
    writer: createLedgerWriter(rpc, nowhere, { file: join(folder, "outbox.sqlite"), operatorKey }),
    proofs: createProofSource(rpc, nowhere),
    deployedAtBlock: 0,
  };
  const stop = new AbortController();
  const watch = new LedgerWatch(Date.now, settings.staleAfterSeconds);
  const peers = createPeers({ credentials: keyring.tls, profileOf: () => null, clock });
  const catalogue = openCatalogue(join(folder, "catalogue.sqlite"), { indexKey: keyring.indexKey });
  const journal = openJournal(join(folder, "journal.sqlite"));
  const blocks = await openBlockStore(join(folder, "blocks"));
  const work = openObjectWork();
  const context: HospitalContext = {
    role: "hospital",
    cluster: null,
    self: { member: memberId(input.member ?? 1), name: `Hospital ${input.member ?? 1}` },
    settings: { ...settings, deployedAtBlock: input.ledger?.deployedAtBlock ?? 0, ...input.settings },
    clock,
    log,
    metrics: exposition.metrics,
    ledgerIndex,
    reader: ledger.reader,
    proofs: ledger.proofs,
    watch,
    attempts: new Attempts(Date.now),
    wake: new Wake(),
    catalogue,
    writer: ledger.writer,
    blocks,
    peers,
    journal,
    keyring,
    sessionKeys: new SessionKeys(keyring.identity.privateKey),
    work,
    progress: new ProgressBoard(),
    ownSources: [],
    arrivals: new Arrivals(),
    fetches: new RunningFetches(),
      enrolments: { digest: null, lookedAt: 0, recovered: true },
    serving: new ServingQueue(clock, { streams: 8, bytesPerSecond: null, bytesPerSecondPerMember: null }),
    openings: new Map(),
    tallies: new StudyTallies(),
    recent: new RecentInstances(),
    signal: stop.signal,
  };
  const loops = input.ledger === undefined ? [] : [observeLedger(context, stop.signal), runReconciliation(context, stop.signal)];
  const readiness = createReadiness();
  for (const [name, check] of readinessOf(context)) readiness.add(name, check);
  const accounts = await openTestAccounts(folder, keyring.indexKey);
  const app = createClinicalApp(context, {
    accounts,
    oidc: null,
    publicUrl: null,
    corsOrigins: ["https://viewer.example"],
    version: "0.0.0-test",
    engines: { chain: "embedded", blocks: "folder" },
    readiness,
    recovery: () => recoveryReport(context),
    ...input.options,
  });
  const listener = await listen(app, { host: "127.0.0.1", port: 0 });
  return {
    context,
    url: listener.url,
    lines,
    folder,
    metrics: () => exposition.text(),
    as: (name) => `Basic ${Buffer.from(`${name}:${passwordOf(name)}`).toString("base64")}`,
    close: async () => {
      stop.abort();
      await listener.close(0);
      await Promise.all(loops);
      await peers.close();
      if (input.ledger === undefined) ledger.writer.close();
      await rpc.close();
      journal.close();
      catalogue.close();
      ledgerIndex.close();
      await blocks.close();
      await work.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
