import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { CID } from "multiformats/cid";
import { openBlockFolder } from "../../../node-agent/src/blocks/folder.ts";
import { digestOfCid, isRaw } from "../../../node-agent/src/dag/block.ts";
import { buildTree } from "../../../node-agent/src/dag/build-directory.ts";
import { buildFileOf, leafBytes } from "../../../node-agent/src/dag/build-file.ts";
import { blocksBelow } from "../../../node-agent/src/dag/walk.ts";
import { createTlsIdentity } from "../../../node-agent/src/envelope/tls-identity.ts";
import { fetchTree } from "../../../node-agent/src/flows/fetch-tree.ts";
import { Pull } from "../../../node-agent/src/flows/pull/pull.ts";
import { fault } from "../../../node-agent/src/model/fault.ts";
import { studyId } from "../../../node-agent/src/model/ids.ts";
import { createLog } from "../../../node-agent/src/ops/log.ts";
import { createMetrics } from "../../../node-agent/src/ops/metrics.ts";
import { createPeers } from "../../../node-agent/src/peers/create-peers.ts";
import type { BlockSource } from "../../../node-agent/src/ports/block-source.ts";
import type { Blocks } from "../../../node-agent/src/ports/blocks.ts";
import { memory } from "../dag/memory.ts";

type Held = ReturnType<typeof memory>;
type Counted = { readonly source: BlockSource; readonly asked: string[] };
const signal = new AbortController().signal;

/** A study of a few objects, one of them of several blocks. */
async function study(extra = 0): Promise<{ held: Held; root: CID; cids: CID[] }> {
  const held = memory();
  const files = [];
  for (const [i, size] of [2 * leafBytes + 5, 300_000, 70_000, 1, 500_000, ...Array.from({ length: extra }, () => 400_000)].entries()) {
    const file = buildFileOf(randomBytes(size));
    for (const block of file.blocks) held.put(block);
    files.push({ path: `instances/${i}.pgp`, cid: file.cid, tsize: file.tsize });
  }
  const { cid: root } = await buildTree(files, held.put);
  const cids: CID[] = [];
  for await (const { cid } of blocksBelow(root, held.get)) cids.push(cid);
  return { held, root, cids };
}

type Answer = (cid: CID, stop: AbortSignal) => Promise<Uint8Array | null>;

/** A source that answers one block at a time and counts what it was asked for. */
function single(answer: Answer, more: Partial<BlockSource> = {}): Counted {
  const asked: string[] = [];
  const source: BlockSource = {
    name: "single",
    async block(cid, stop) {
      asked.push(cid.toString());
      return await answer(cid, stop);
    },
    ...more,
  };
  return { source, asked };
}

/** A source that streams what it has of a list, as an agent does, `pauseMs` after each block. */
function stream(held: Held, pauseMs = 0): Counted {
  const asked: string[] = [];
  const source: BlockSource = {
    name: "stream",
    block: (cid) => held.get(cid),
    async *many(cids, stop) {
      for (const cid of cids) {
        asked.push(cid.toString());
        if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: stop });
        const bytes = await held.get(cid);
        if (bytes !== null) yield { cid, bytes };
      }
    },
  };
  return { source, asked };
}

const never: Answer = (_cid, stop) => new Promise((_resolve, reject) => stop.addEventListener("abort", () => reject(stop.reason), { once: true }));
const silent = (): Counted => {
  const counted = single(never);
  return { ...counted, source: { ...counted.source, name: "silent", many: async function* (cids, stop) { for (const cid of cids) yield { cid, bytes: (await never(cid, stop)) ?? new Uint8Array(0) }; } } };
};

async function empty(t: ExecutionContext): Promise<Blocks> {
  const path = await mkdtemp(join(tmpdir(), "fetched-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return await openBlockFolder(path);
}

const clock = { now: Date.now, sleep: async (ms: number, stop?: AbortSignal) => await sleep(ms, undefined, stop === undefined ? {} : { signal: stop }) };
const peers = createPeers({ credentials: createTlsIdentity({ name: "B" }), profileOf: () => null, clock });
const log = createLog({ level: "error", to: { write: () => {} } });
const { metrics } = createMetrics({ processMetrics: false });

/** Everything below a root from the given sources, as the agent brings a replica. */
const pullTree = (blocks: Blocks, root: CID, ownSources: readonly BlockSource[], stop: AbortSignal = signal): Promise<void> =>
  fetchTree({ blocks, ownSources, peers, clock, log, metrics, signal: stop, settings: { minFreeBytes: 0 } }, { study: studyId(`0x${"0a".repeat(32)}`), root: digestOfCid(root), sources: [] });

async function complete(t: ExecutionContext, store: Blocks, cids: readonly CID[], held: Held): Promise<void> {
  for (const cid of cids) t.is(Buffer.compare((await store.get(cid)) ?? Buffer.from("absent"), (await held.get(cid)) ?? Buffer.from("?")), 0, cid.toString());
}

test("a whole study arrives block by block, and nothing is fetched twice", async (t) => {
  const { held, root, cids } = await study();
  const { source, asked } = single((cid) => held.get(cid));
  const store = await empty(t);
  await pullTree(store, root, [source]);
  await complete(t, store, cids, held);
  t.is(asked.length, cids.length);
  await pullTree(store, root, [source]);
  t.is(asked.length, cids.length);
});

test("a source that fails, has nothing, or never answers is passed over for one that is right", async (t) => {
  const { held, root, cids } = await study();
  const failing = single(() => Promise.reject(fault("PEER_UNREACHABLE", { member: 2, why: "ECONNREFUSED" })));
  const without = single(async () => null);
  const good = single((cid) => held.get(cid));
  const store = await empty(t);
  await pullTree(store, root, [failing.source, without.source, silent().source, good.source]);
  await complete(t, store, cids, held);
  for (const liar of [failing, without]) await t.throwsAsync(pullTree(await empty(t), root, [liar.source]), { code: "STUDY_BLOCKS_MISSING" });
});

test("one absent block is counted; calling again when it is there brings it alone", async (t) => {
  const { held, root, cids } = await study();
  const hidden = cids.at(-2);
  if (hidden === undefined) return t.fail();
  let hide = true;
  const { source, asked } = single(async (cid) => (hide && cid.equals(hidden) ? null : await held.get(cid)));
  const store = await empty(t);
  const error = await t.throwsAsync(pullTree(store, root, [source]), { code: "STUDY_BLOCKS_MISSING" });
  t.regex(error?.message ?? "", /^1 blocks/u);
  hide = false;
  const before = asked.length;
  await pullTree(store, root, [source]);
  await complete(t, store, cids, held);
  t.is(asked.length - before, 1);
});

test("a source that fails at one block is asked for the others all the same", async (t) => {
  const { held, root, cids } = await study(20);
  const bad = cids.at(-5);
  const { source } = single((cid) => (bad?.equals(cid) === true ? Promise.reject(new Error("rotten")) : held.get(cid)));
  const other = single(async (cid) => (bad?.equals(cid) === true ? await held.get(cid) : null));
  const store = await empty(t);
  await pullTree(store, root, [source, other.source]);
  await complete(t, store, cids, held);
});

test("many blocks from many sources are shared among them", async (t) => {
  const { held, root, cids } = await study(60);
  // Nobody brings a leaf before everybody was asked for one.
  const gate = Promise.withResolvers<void>();
  const met = new Set<number>();
  const all = [1, 2, 3].map((one) =>
    single(async (cid) => {
      if (isRaw(cid) && met.add(one).size === 3) gate.resolve();
      if (isRaw(cid)) await gate.promise;
      return await held.get(cid);
    }),
  );
  const store = await empty(t);
  await pullTree(store, root, all.map(({ source }) => source));
  await complete(t, store, cids, held);
  t.is(met.size, 3);
});

test("a reserve is not asked while an agent gives everything at a good pace", async (t) => {
  const { held, root, cids } = await study(60);
  const agent = stream(held);
  const reserve = single((cid) => held.get(cid), { reserve: true });
  const store = await empty(t);
  await pullTree(store, root, [agent.source, reserve.source]);
  await complete(t, store, cids, held);
  // A machine that stood still for a second may have had the reserve help out.
  t.true(reserve.asked.length < cids.length / 2, `${reserve.asked.length} of ${cids.length}`);
});

test("a reserve brings what the agents have not, and everything where there is no other source", async (t) => {
  const { held, root, cids } = await study(10);
  const lacking = cids.slice(-4).map(String);
  const agent = stream({ ...held, get: async (cid: CID) => (lacking.includes(cid.toString()) ? null : await held.get(cid)) });
  const reserve = single((cid) => held.get(cid), { reserve: true });
  const store = await empty(t);
  await pullTree(store, root, [agent.source, reserve.source]);
  await complete(t, store, cids, held);
  for (const cid of lacking) t.true(reserve.asked.includes(cid));
  const alone = await empty(t);
  await pullTree(alone, root, [single((cid) => held.get(cid), { reserve: true }).source]);
  await complete(t, alone, cids, held);
});

test("a reserve takes over from agents that say nothing, and from those that crawl", async (t) => {
  t.timeout(120_000);
  const { held, root, cids } = await study(30);
  const mute = await empty(t);
  await pullTree(mute, root, [silent().source, silent().source, single((cid) => held.get(cid), { reserve: true }).source]);
  await complete(t, mute, cids, held);
  const crawling = stream(held, 700);
  const reserve = single((cid) => held.get(cid), { reserve: true });
  const store = await empty(t);
  await pullTree(store, root, [crawling.source, reserve.source]);
  await complete(t, store, cids, held);
  t.true(reserve.asked.length > crawling.asked.length / 2, `${reserve.asked.length} from the reserve, ${crawling.asked.length} asked of the agent`);
});

test("a reader does not wait for a member that never answered, however little time goes by", async (t) => {
  const { held, cids } = await study(60);
  const leaves = cids.filter((cid) => isRaw(cid));
  const mute = single(never);
  const store = await empty(t);
  const still = { ...clock, now: () => 0 };
  const pull = new Pull({ blocks: store, clock: still, log, settings: { minFreeBytes: 0 } }, { sources: [mute.source, stream(held).source], signal });
  try {
    for (const [at, cid] of leaves.entries()) {
      for (const next of leaves.slice(at, at + 40)) await pull.want(next, leafBytes, true);
      t.deepEqual(await pull.get(cid), await held.get(cid));
    }
    t.true(mute.asked.length > 0);
  } finally {
    await pull.close();
  }
});

test("an abort ends it promptly with the signal's reason", async (t) => {
  const { root } = await study();
  const controller = new AbortController();
  setTimeout(() => controller.abort(new RangeError("stopped")), 50);
  await t.throwsAsync(pullTree(await empty(t), root, [silent().source], controller.signal), { message: "stopped" });
});
