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
import { keepReplica, dropReplica } from "../../../../node-agent/src/flows/keep-replica.ts";
import { LedgerWatch } from "../../../../node-agent/src/flows/ledger-watch.ts";
import { ProgressBoard } from "../../../../node-agent/src/flows/progress.ts";
import { RecentInstances } from "../../../../node-agent/src/flows/recent-instances.ts";
import { releaseKey } from "../../../../node-agent/src/flows/release-key.ts";
import { serveBlock, serveMany } from "../../../../node-agent/src/flows/serve-blocks.ts";
import { servingRank } from "../../../../node-agent/src/flows/serving-rank.ts";
import { ServingQueue } from "../../../../node-agent/src/flows/serving-queue.ts";
import { RunningFetches } from "../../../../node-agent/src/flows/running-fetches.ts";
import { SessionKeys } from "../../../../node-agent/src/flows/session-keys.ts";
import { StudyTallies } from "../../../../node-agent/src/flows/study-tally.ts";
import { Wake } from "../../../../node-agent/src/flows/wake.ts";
import { digestOfCid } from "../../../../node-agent/src/dag/block.ts";
import { openCatalogue } from "../../../../node-agent/src/index/catalogue.ts";
import { openLedgerIndex } from "../../../../node-agent/src/index/ledger-index.ts";
import { openJournal } from "../../../../node-agent/src/journal/journal.ts";
import type { LedgerConfig } from "../../../../node-agent/src/ledger/config.ts";
import { createLedgerReader } from "../../../../node-agent/src/ledger/reader.ts";
import { createProofSource } from "../../../../node-agent/src/ledger/proof-source.ts";
import { openObjectWork } from "../../../../node-agent/src/threads/object-work.ts";
import { createRpc } from "../../../../node-agent/src/ledger/rpc.ts";
import { createLedgerWriter } from "../../../../node-agent/src/ledger/writer.ts";
import { fault } from "../../../../node-agent/src/model/fault.ts";
import { address, digest, memberId, type MemberId } from "../../../../node-agent/src/model/ids.ts";
import { createLog } from "../../../../node-agent/src/ops/log.ts";
import { createMetrics } from "../../../../node-agent/src/ops/metrics.ts";
import type { Peers } from "../../../../node-agent/src/ports/peers.ts";
import type { LedgerFact } from "../../../../node-agent/src/model/ledger-events.ts";

const zero = address(`0x${"00".repeat(20)}`);
/** A node that is not there: what needs the chain answers LEDGER_UNREACHABLE. The journeys through a real chain are tested elsewhere. */
const nowhere: LedgerConfig = {
  endpoint: "http://127.0.0.1:9",
  chainId: 1,
  genesisHash: digest(`0x${"00".repeat(32)}`),
  contracts: { memberRegistry: zero, studyRegistry: zero, consentRegistry: zero, accessLedger: zero, creditLedger: zero, consortiumAuthority: zero },
  pollMs: 50,
  timeoutMs: 200,
  logsRange: 100,
};

const settings: FlowSettings = {
  replicas: 2,
  minFreeBytes: 0, mostBytesPerMember: null,
  settleMs: 1000,
  staleAfterSeconds: 3600,
  emergencyHoldMs: 3_600_000,
  maxInstanceBytes: 256 << 20,
  deployedAtBlock: 0,
};

export type Room = { readonly context: HospitalContext; readonly folder: string; readonly lines: string[]; setNow(ms: number): void };

/** Hospitals in one process: real catalogues, journals, block folders, keyrings and indexes; peers speak by calling each other's flows instead of over TLS. */
export class Town {
  readonly rooms: Room[] = [];
  readonly #closers: (() => unknown)[] = [];
  /** Members whose agents do not answer. */
  readonly silent = new Set<number>();
  #block = 0;

  /** Tells every index the same facts, one block per call, at `timestamp` seconds. */
  tell(facts: readonly LedgerFact[], timestamp = Math.floor(Date.now() / 1000)): void {
    this.#block++;
    const hash = digest(`0x${createHash("sha256").update(String(this.#block)).digest("hex")}`);
    const block = { number: this.#block, hash, timestamp };
    const events = facts.map((fact, logIndex) => ({ ...fact, block: block.number, timestamp, logIndex, transaction: hash }));
    for (const { context } of this.rooms) {
      context.ledgerIndex.apply([{ block, events }]);
      context.watch.moved(block, block);
    }
  }

  /** Opens hospitals 1 to `count` and admits them. */
  async open(count: number, change: Partial<FlowSettings> = {}): Promise<void> {
    for (let member = 1; member <= count; member++) this.rooms.push(await this.#room(memberId(member), change));
    this.tell(
      this.rooms.map(({ context }): LedgerFact => ({
        kind: "MemberAdmitted",
        member: context.self.member,
        memberKind: "hospital",
        governor: address(`0x${randomBytes(20).toString("hex")}`),
        operators: [context.writer.operator],
        profile: {
          displayName: context.self.name,
          endpoint: `https://${context.self.member}.example`,
          openpgpSha256: context.keyring.identity.certificate.digest,
          spkiSha256: context.keyring.tls.spkiSha256,
        },
      })),
    );
  }

  at(member: number): HospitalContext {
    const room = this.rooms[member - 1];
    if (room === undefined) throw new RangeError(`no hospital ${member}`);
    return room.context;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }

  #peersOf(self: MemberId): Peers {
    const other = (member: MemberId): HospitalContext => {
      if (this.silent.has(member)) throw fault("PEER_UNREACHABLE", { member, why: "silent" });
      return this.at(member);
    };
    return {
      certificate: async (member) => other(member).keyring.identity.certificate.binary,
      releasedKey: async (member, request) => releaseKey(other(member), { requester: self, request }),
      block: async (member, cid) => await serveBlock(other(member), cid),
      async *blocks(member, cids, access) {
        const from = other(member);
        const lease = await from.serving.enter(self, servingRank(from, self, access), new AbortController().signal);
        try {
          yield* serveMany(from, cids);
        } finally {
          lease.leave();
        }
      },
      pin: async (member, study, root) => await keepReplica(other(member), { owner: self, study, root: digestOfCid(root) }),
      pinned: async (member) => other(member).catalogue.pins({ owner: self, holder: member }),
      unpin: async (member, study, root) => await dropReplica(other(member), { owner: self, study, root: digestOfCid(root) }),
      probe: async (member) => {
        throw fault("PEER_UNREACHABLE", { member, why: "rooms have no addresses" });
      },
      application: async (member) => {
        throw fault("PEER_UNREACHABLE", { member, why: "rooms have no addresses" });
      },
      register: async (member) => {
        throw fault("PEER_UNREACHABLE", { member, why: "rooms have no chain node" });
      },
      close: async () => {},
    };
  }

  async #room(member: MemberId, change: Partial<FlowSettings>): Promise<Room> {
    const folder = await mkdtemp(join(tmpdir(), "fiducial-flows-"));
    this.#closers.push(() => rm(folder, { recursive: true, force: true }));
    const keyring = await createKeyring(join(folder, "keyring"), randomBytes(32), { role: "hospital", name: `Hospital ${member}`, logN: 10 });
    if (keyring.role !== "hospital") throw new Error("a hospital's keyring was asked for");
    const lines: string[] = [];
    let shift = 0;
    const now = (): number => Date.now() + shift;
    const rpc = createRpc({ endpoint: nowhere.endpoint, timeoutMs: 200, retries: 0 });
    const ledgerIndex = openLedgerIndex(join(folder, "ledger.sqlite"));
    const catalogue = openCatalogue(join(folder, "catalogue.sqlite"), { indexKey: keyring.indexKey });
    const journal = openJournal(join(folder, "journal.sqlite"));
    const writer = createLedgerWriter(rpc, nowhere, { file: join(folder, "outbox.sqlite"), operatorKey: Buffer.from(keyring.operatorKey.slice(2), "hex") });
    const stop = new AbortController();
    this.#closers.push(() => rpc.close(), () => ledgerIndex.close(), () => catalogue.close(), () => journal.close(), () => writer.close(), () => stop.abort());
    const blocks = await openBlockStore(join(folder, "blocks"));
    const work = openObjectWork();
    this.#closers.push(() => blocks.close(), () => work.close());
    const context: HospitalContext = {
      role: "hospital",
      cluster: null,
      self: { member, name: `Hospital ${member}` },
      settings: { ...settings, ...change },
      clock: { now, sleep: async (ms, signal) => await sleep(ms, undefined, signal === undefined ? {} : { signal }) },
      log: createLog({ level: "debug", to: { write: (line: string) => void lines.push(line) } }),
      metrics: createMetrics({ processMetrics: false }).metrics,
      ledgerIndex,
      reader: createLedgerReader(rpc, nowhere),
      proofs: createProofSource(rpc, nowhere),
      watch: new LedgerWatch(now, settings.staleAfterSeconds),
      attempts: new Attempts(now),
      wake: new Wake(),
      catalogue,
      writer,
      blocks,
      peers: this.#peersOf(member),
      journal,
      keyring,
      sessionKeys: new SessionKeys(keyring.identity.privateKey),
      work,
      progress: new ProgressBoard(),
      ownSources: [],
      arrivals: new Arrivals(),
      fetches: new RunningFetches(),
      enrolments: { digest: null, lookedAt: 0, recovered: true },
      serving: new ServingQueue({ now, sleep: async (ms) => await sleep(ms) }, { streams: 8, bytesPerSecond: null, bytesPerSecondPerMember: null }),
      openings: new Map(),
      tallies: new StudyTallies(),
      recent: new RecentInstances(),
      signal: stop.signal,
    };
    return { context, folder, lines, setNow: (ms) => { shift = ms - Date.now(); } };
  }
}
