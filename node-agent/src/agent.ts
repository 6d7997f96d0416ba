import { readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CID } from "multiformats/cid";
import { openAccounts } from "./accounts/accounts.ts";
import { openBlockStore } from "./blocks/store.ts";
import { layerBlocks } from "./blocks/ipfs/layered.ts";
import { openIpfsAdmin } from "./blocks/ipfs/admin.ts";
import { openPinning } from "./blocks/ipfs/pinning.ts";
import { swarmSource } from "./blocks/ipfs/swarm-source.ts";
import type { Config } from "./config/schema.ts";
import { readSecret } from "./config/secret.ts";
import { createIpfsTarget } from "./consortium/ipfs-target.ts";
import { type Membership, openConsortium } from "./consortium/open.ts";
import { type HospitalKeyring, openKeyring } from "./envelope/keyring.ts";
import { Arrivals } from "./flows/arrivals.ts";
import { createApplicationAnswerer } from "./flows/answer-application.ts";
import { createProbeAnswerer } from "./flows/answer-probe.ts";
import { Attempts } from "./flows/attempts.ts";
import { closeLeftRuns } from "./flows/close-left-runs.ts";
import type { ClusterStore, FlowContext, HospitalContext } from "./flows/context.ts";
import { guardedWriter } from "./flows/guarded-writer.ts";
import { ipfsNote } from "./flows/ipfs-todo.ts";
import { LedgerWatch } from "./flows/ledger-watch.ts";
import { observeLedger } from "./flows/observe-ledger.ts";
import { PinWatch } from "./flows/pin-watch.ts";
import { ProgressBoard } from "./flows/progress.ts";
import { readinessOf, unknownEventsNote } from "./flows/readiness.ts";
import { RecentInstances } from "./flows/recent-instances.ts";
import { runReconciliation } from "./flows/reconcile.ts";
import { settingsOf } from "./flows/settings.ts";
import { ServingQueue } from "./flows/serving-queue.ts";
import { RunningFetches } from "./flows/running-fetches.ts";
import { SessionKeys } from "./flows/session-keys.ts";
import { type RecoveryReport, recoveryReport } from "./flows/recovery-report.ts";
import { StudyTallies } from "./flows/study-tally.ts";
import { sweepBlocks } from "./flows/sweep-blocks.ts";
import { tendCluster } from "./flows/tend-cluster.ts";
import { Wake } from "./flows/wake.ts";
import { createClinicalApp } from "./http/clinical/app.ts";
import { createOpsApp } from "./http/ops/app.ts";
import { createPeerApp } from "./http/peer/app.ts";
import { peerParts } from "./http/peer/parts.ts";
import { type Listener, listen, type ListenTls } from "./http/server/listen.ts";
import { createObserver } from "./http/server/observe.ts";
import { openCatalogue } from "./index/catalogue.ts";
import { openLedgerIndex } from "./index/ledger-index.ts";
import { openJournal } from "./journal/journal.ts";
import { createBesuAdmin } from "./ledger/besu-admin.ts";
import { type LedgerConfig, ledgerDefaults } from "./ledger/config.ts";
import { createHeadBell } from "./ledger/head-bell.ts";
import { createProofSource } from "./ledger/proof-source.ts";
import { readingOf } from "./ledger/decode.ts";
import { createLedgerReader } from "./ledger/reader.ts";
import { createRegistrar } from "./ledger/registrar.ts";
import { createRpc, type Rpc } from "./ledger/rpc.ts";
import { createLedgerWriter } from "./ledger/writer.ts";
import { Fault, fault } from "./model/fault.ts";
import { createMetrics } from "./ops/metrics.ts";
import { createReadiness } from "./ops/readiness.ts";
import { dial } from "./peers/dial.ts";
import { createPeers } from "./peers/create-peers.ts";
import { openObjectWork } from "./threads/object-work.ts";
import type { Blocks } from "./ports/blocks.ts";
import type { Clock } from "./ports/clock.ts";
import type { Journal } from "./ports/journal.ts";
import type { Log } from "./ports/log.ts";
import type { MembershipTarget } from "./ports/membership-target.ts";
import type { Peers } from "./ports/peers.ts";
import type { Readiness } from "./ports/readiness.ts";

export type AgentParts = {
  /** Opens the keyring; null for an observer. */
  readonly passphrase: Uint8Array | null;
  readonly log: Log;
  /** Wrapped around the real adapters, for drills that break them on purpose. */
  readonly around?: {
    readonly journal?: (real: Journal) => Journal;
    readonly peers?: (real: Peers) => Peers;
    readonly clock?: Clock;
    /** Told after each step of a transaction is durable or done, with the key of its intent. */
    readonly outboxStep?: (step: string, key: string) => void;
  };
};

export type AgentUrls = { readonly clinical: string; readonly peer: string | null; readonly ops: string };
export type Agent = {
  /** Opens everything and resolves when all listeners are open; the chain may still be read then (see /readyz). Throws what could not be opened, with nothing left open. */
  start(): Promise<AgentUrls>;
  /** How far the agent has come with what should be here; null before it has started and on observers. */
  recovery(): Recovery | null;
  /** Ends loops and listeners, lets running exchanges finish, closes everything in reverse order. Safe to call twice. */
  stop(): Promise<void>;
};

/** A recovery under way: what should be here and is, how far the chain has been read, and the bytes that fetches have brought. */
export type Recovery = RecoveryReport & { readonly ledger: { readonly phase: string; readonly indexed: number | null; readonly head: number | null }; readonly bytesFetched: number };

/** Closed in reverse order of opening, each whatever became of the others. */
type Closers = { readonly what: string; readonly close: () => unknown }[];

const rpcRetries = 3;
/** Patience with Kubo and the cluster peer at the start, ms. */
const ipfsStartMs = 15_000;
const systemClock: Clock = { now: Date.now, sleep: async (ms, signal) => await sleep(ms, undefined, signal === undefined ? {} : { signal }) };
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };

/** What both roles have: the record of the chain and the means to follow it. */
function openCommon(config: Config, parts: AgentParts, closers: Closers) {
  const clock = parts.around?.clock ?? systemClock;
  const { chain } = config;
  const ledgerConfig: LedgerConfig = { ...ledgerDefaults, endpoint: chain.endpoint, chainId: chain.chainId, genesisHash: chain.genesisHash, contracts: chain.contracts, pollMs: chain.pollMilliseconds };
  const exposition = createMetrics();
  closers.push({ what: "metrics", close: exposition.close });
  const rpc = createRpc({ endpoint: chain.endpoint, timeoutMs: ledgerConfig.timeoutMs, retries: rpcRetries });
  closers.push({ what: "chain connection", close: () => rpc.close() });
  const bell = chain.websocket === null ? undefined : createHeadBell({ url: chain.websocket, onChange: (on) => parts.log.info(on ? "new blocks are announced by the node" : "the node announces no blocks: it is asked for them", {}) });
  if (bell !== undefined) closers.push({ what: "block announcements", close: () => bell.close() });
  const ledgerIndex = openLedgerIndex(join(config.dataDir, "ledger-index.sqlite"), { reading: readingOf(chain.contracts) });
  closers.push({ what: "ledger index", close: () => ledgerIndex.close() });
  if (ledgerIndex.rebuilt) parts.log.info("the local index is built anew from the chain");
  const settings = settingsOf(config);
  const common = {
    self: { member: config.member, name: config.name },
    settings,
    clock,
    log: parts.log,
    metrics: exposition.metrics,
    ledgerIndex,
    reader: createLedgerReader(rpc, ledgerConfig, bell),
    proofs: createProofSource(rpc, ledgerConfig),
    watch: new LedgerWatch(clock.now, settings.staleAfterSeconds),
    attempts: new Attempts(clock.now),
    wake: new Wake(),
  };
  return { common, exposition, rpc, ledgerConfig };
}

/** What a hospital has besides: its keys, its studies, its blocks, its peers and its pen. */
async function openHospital(config: Config, parts: AgentParts, keyring: HospitalKeyring, opened: ReturnType<typeof openCommon>, closers: Closers, signal: AbortSignal): Promise<HospitalContext> {
  const { common, rpc, ledgerConfig } = opened;
  const { log, around } = parts;
  const at = (name: string): string => join(config.dataDir, name);
  const catalogue = openCatalogue(at("catalogue.sqlite"), { indexKey: keyring.indexKey });
  closers.push({ what: "catalogue", close: () => catalogue.close() });
  const journal = openJournal(at("journal.sqlite"), { now: common.clock.now });
  closers.push({ what: "journal", close: () => journal.close() });
  const folder = await openBlockStore(at("blocks"), { onDamaged: (cid) => log.error("a damaged block was set aside", { cid: cid.toString() }) });
  closers.push({ what: "blocks", close: () => folder.close() });
  const { cluster, blocks } = await openCluster(config, common, folder, closers, signal);
  const operatorKey = Buffer.from(keyring.operatorKey.slice(2), "hex");
  const writer = createLedgerWriter(rpc, ledgerConfig, {
    file: at("outbox.sqlite"),
    window: config.chain.maxInFlight,
    onRoom: (room) => {
      common.metrics.set("fiducial_outbox_window", {}, room);
      if (room < config.chain.maxInFlight) log.debug("the node takes fewer transactions at once", { room });
    },
    operatorKey,
    ...(around?.outboxStep === undefined ? {} : { onStep: around.outboxStep }),
    onTrouble: (trouble, key) => log.warn("a transaction waits", { key: key.split(":", 1)[0] ?? "", code: trouble.code }, trouble),
  });
  closers.push({ what: "outbox", close: () => writer.close() });
  const peers = createPeers({ credentials: keyring.tls, clock: common.clock, profileOf: (member) => activeProfile(common.ledgerIndex, member) });
  closers.push({ what: "peer connections", close: () => peers.close() });
  const work = openObjectWork((error) => log.error("the thread that seals and opens images ended", {}, error));
  closers.push({ what: "work on objects", close: () => work.close() });
  return {
    ...common,
    role: "hospital",
    catalogue,
    writer: guardedWriter(writer, common.watch),
    blocks,
    cluster,
    peers: around?.peers?.(peers) ?? peers,
    journal: around?.journal?.(journal) ?? journal,
    keyring,
    sessionKeys: new SessionKeys(keyring.identity.privateKey),
    work,
    progress: new ProgressBoard(),
    ownSources: cluster === null ? [] : [swarmSource(cluster.pinning)],
    arrivals: new Arrivals(),
    fetches: new RunningFetches(),
    enrolments: { digest: null, lookedAt: 0, recovered: false },
    serving: new ServingQueue(common.clock, { streams: config.peer.streams, bytesPerSecond: config.peer.maxBytesPerSecond, bytesPerSecondPerMember: config.peer.maxBytesPerSecondPerMember }),
    openings: new Map(),
    tallies: new StudyTallies(),
    recent: new RecentInstances(),
    signal,
  };
}

/**
 * This institution's IPFS, where it is configured: the folder in front, Kubo behind. A node that is not private is refused here, before anything is given to it; one that does not
 * answer yet is waited for while everything else goes on.
 */
async function openCluster(config: Config, { clock, log }: Pick<FlowContext, "clock" | "log">, folder: Blocks, closers: Closers, signal: AbortSignal): Promise<{ readonly cluster: ClusterStore | null; readonly blocks: Blocks }> {
  const { engine, cluster: settings } = config.storage;
  if (engine === "folder" || settings === null) return { cluster: null, blocks: folder };
  const password = (await readSecret("storage.cluster.passwordFile", settings.passwordFile)).toString("utf8");
  let damaged: (cid: CID) => void = () => {};
  const pinning = openPinning({
    kuboUrl: settings.kuboUrl,
    clusterUrl: settings.url,
    user: settings.user,
    password,
    now: clock.now,
    onDamaged(cid) {
      log.error("a block in Kubo is damaged", { cid: cid.toString() });
      damaged(cid);
    },
  });
  closers.push({ what: "IPFS connections", close: () => pinning.close() });
  try {
    await pinning.verify(AbortSignal.any([signal, AbortSignal.timeout(ipfsStartMs)]));
    log.info("this institution's IPFS is private and answers");
  } catch (error) {
    if (!(error instanceof Fault) || error.code === "IPFS_NOT_PRIVATE") throw error;
    log.warn("this institution's IPFS does not answer yet", {}, error);
  }
  const blocks = layerBlocks(folder, pinning, signal, log);
  damaged = blocks.damaged;
  return { cluster: { pinning, mostReplicas: settings.mostReplicas, folderBytes: settings.folderBytes, watch: new PinWatch() }, blocks };
}

/** The institution's Kubo and cluster peer as followers of the registry; none where it has none. */
function openIpfsTargets({ storage: { cluster } }: Config, context: FlowContext, closers: Closers): MembershipTarget[] {
  if (context.role !== "hospital" || context.cluster === null || cluster === null) return [];
  const { pinning } = context.cluster;
  const admin = openIpfsAdmin({ ...cluster, signal: context.signal, pinning });
  closers.push({ what: "Kubo administration", close: () => admin.close() });
  return [createIpfsTarget({ ...cluster, admin, clock: context.clock, pinning })];
}

/** What carries the consortium's decisions out on this institution's systems; null where nothing is configured for it. */
function openMembership(config: Config, context: FlowContext, closers: Closers): Membership | null {
  const { chain, consortium } = config;
  if (!consortium.reconcile) return null;
  let node = null;
  if (chain.admin !== null) {
    const rpc = createRpc({ endpoint: chain.admin, timeoutMs: ledgerDefaults.timeoutMs, retries: 0 });
    closers.push({ what: "node administration", close: () => rpc.close() });
    node = createBesuAdmin(rpc, { staticNodes: consortium.staticNodesFile, permissions: consortium.permissionsFile });
  }
  const { self, role: kind, ledgerIndex: index, watch, clock, log, metrics } = context;
  return openConsortium({
    self: self.member,
    kind,
    node,
    others: openIpfsTargets(config, context, closers),
    index,
    followed: () => ({ caughtUp: watch.view().phase === "following", fresh: watch.unfit() === null }),
    clock,
    log,
    metrics,
    everyMs: consortium.everySeconds * 1000,
    candidateBlocks: consortium.candidateBlocks,
    stallPeriods: consortium.stallPeriods,
  });
}

/** What other members may ask of us about themselves. */
function openDoor(config: Config, context: FlowContext, rpc: Rpc, membership: Membership | null, signal: AbortSignal): Parameters<typeof peerParts>[3] {
  const { chainId, genesisHash, contracts } = config.chain;
  const registrar = createRegistrar(rpc, { chainId, contracts });
  const answerProbe = createProbeAnswerer({ self: config.member, chain: { chainId, genesisHash }, ledgerIndex: context.ledgerIndex, registrar, dial, clock: context.clock, sees: (key) => membership?.sees(key) ?? null });
  return { answerProbe, answerApplication: createApplicationAnswerer(context), register: (asker, raw) => registrar.relay(raw, asker.id, signal) };
}

/** Only Active members are talked to: a suspended one is as unknown as a stranger. */
function activeProfile(index: FlowContext["ledgerIndex"], member: FlowContext["self"]["member"]) {
  const view = index.member(member);
  return view !== null && view.status === "active" ? view.profile : null;
}

async function openListeners(config: Config, context: FlowContext, parts: { readonly exposition: ReturnType<typeof createMetrics>; readonly readiness: Readiness; readonly membership: Membership | null; readonly door: Parameters<typeof peerParts>[3] }, closers: Closers): Promise<AgentUrls> {
  const { clinical, identity, ops, peer } = config;
  const { exposition, readiness, membership } = parts;
  const open = async (what: string, app: Parameters<typeof listen>[0], at: { readonly host: string; readonly port: number }, tls?: ListenTls): Promise<string> => {
    const listener: Listener = await listen(app, { host: at.host, port: at.port, ...(tls === undefined ? {} : { tls }) });
    closers.push({ what, close: () => listener.close() });
    return listener.url;
  };
  const observer = (name: "ops" | "peer") => createObserver(context.log, context.metrics, name);
  const opsUrl = await open("ops listener", createOpsApp({ kind: context.role, observer: observer("ops"), readiness, exposition }), ops);
  const accounts = openAccounts(identity.accountsFile, { now: context.clock.now, ...(context.role === "hospital" ? { indexKey: context.keyring.indexKey } : {}) });
  const clinicalApp = createClinicalApp(context, {
    accounts,
    oidc: identity.oidc,
    publicUrl: clinical.publicUrl,
    corsOrigins: clinical.corsOrigins,
    version,
    engines: context.role === "hospital" ? { chain: "JSON-RPC node", blocks: context.cluster === null ? "folder" : "folder, Kubo and IPFS Cluster", identity: identity.oidc === null ? "local accounts" : "local accounts and OIDC" } : { chain: "JSON-RPC node", identity: "local accounts" },
    readiness,
    consortium: () => membership?.status() ?? null,
    recovery: () => (context.role === "hospital" ? recoveryReport(context) : null),
  });
  const clinicalTls = clinical.tls === null ? undefined : { cert: await readFile(clinical.tls.certFile), key: await readFile(clinical.tls.keyFile) };
  let peerUrl: string | null = null;
  if (context.role === "hospital") {
    const { tls, identity: own } = context.keyring;
    peerUrl = await open("peer listener", createPeerApp(peerParts(context, own.certificate.binary, observer("peer"), parts.door)), peer, { cert: tls.certPem, key: tls.keyPem, askForClient: true });
  }
  return { clinical: await open("clinical listener", clinicalApp, clinical, clinicalTls), peer: peerUrl, ops: opsUrl };
}

async function hospitalKeyring(config: Config, passphrase: Uint8Array | null): Promise<HospitalKeyring | null> {
  if (config.role === "observer") return null;
  if (config.keyring === null || passphrase === null) throw fault("KEYRING_MISSING", {});
  const keyring = await openKeyring(config.keyring.dir, passphrase);
  if (keyring.role !== "hospital") throw fault("KEYRING_MALFORMED", { what: "it is an observer's" });
  return keyring;
}

/**
 * Puts an agent together: the only place that knows which adapter stands behind which port. Nothing is opened before `start`. An observer
 * gets the chain's record and no more: no key, no block, no peer listener, nothing that writes.
 */
export function createAgent(config: Config, parts: AgentParts): Agent {
  const stopping = new AbortController();
  const closers: Closers = [];
  const loops: Promise<void>[] = [];
  let stopped: Promise<void> | null = null;
  let running: HospitalContext | null = null;

  async function closeAll(): Promise<void> {
    stopping.abort(fault("FLOW_STOPPING", {}));
    // Listeners were opened last: they drain while what they stand on is still open.
    const listeners = closers.filter(({ what }) => what.endsWith("listener"));
    const rest = closers.filter((one) => !listeners.includes(one)).reverse();
    await Promise.allSettled(listeners.map(async ({ close }) => await close()));
    await Promise.allSettled(loops);
    for (const { what, close } of rest) {
      try {
        await close();
      } catch (error) {
        parts.log.error("closing failed", { what }, error);
      }
    }
  }

  async function start(): Promise<AgentUrls> {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    await mkdir(dirname(config.identity.accountsFile), { recursive: true });
    const keyring = await hospitalKeyring(config, parts.passphrase);
    const opened = openCommon(config, parts, closers);
    const context: FlowContext =
      keyring === null ? { ...opened.common, role: "observer" } : await openHospital(config, parts, keyring, opened, closers, stopping.signal);
    if (context.role === "hospital") {
      closeLeftRuns(context);
      await sweepBlocks(context);
    }
    const readiness = createReadiness();
    readiness.note(() => unknownEventsNote(context));
    if (context.role === "hospital") readiness.note(() => ipfsNote(context));
    for (const [name, check] of readinessOf(context)) readiness.add(name, check);
    const membership = openMembership(config, context, closers);
    if (membership !== null) readiness.add("consensus", () => membership.trouble());
    const urls = await openListeners(config, context, { exposition: opened.exposition, readiness, membership, door: openDoor(config, context, opened.rpc, membership, stopping.signal) }, closers);
    loops.push(observeLedger(context, stopping.signal));
    if (membership !== null) loops.push(membership.run(stopping.signal));
    if (context.role === "hospital") {
      const hospital = context;
      running = hospital;
      // What an earlier life signed goes out first; until then new work waits.
      const resumed = hospital.writer.resume(stopping.signal).catch((error: unknown) => parts.log.error("the outbox cannot go on", {}, error));
      loops.push(resumed.then(() => runReconciliation(hospital, stopping.signal)));
      if (hospital.cluster !== null) loops.push(tendCluster(hospital, hospital.cluster, stopping.signal));
    }
    return urls;
  }

  return {
    async start() {
      try {
        return await start();
      } catch (error) {
        await closeAll();
        throw error;
      }
    },
    recovery() {
      if (running === null) return null;
      const { phase, cursor, head } = running.watch.view();
      const bytesFetched = running.progress.list().reduce((sum, row) => sum + row.bytesDone, 0);
      return { ...recoveryReport(running), ledger: { phase, indexed: cursor?.number ?? null, head: head?.number ?? null }, bytesFetched };
    },
    stop: () => (stopped ??= closeAll()),
  };
}
