import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { CID } from "multiformats/cid";
import { fetch } from "undici";
import { openBlockFolder } from "../../../node-agent/src/blocks/folder.ts";
import { gatewaySource } from "../../../node-agent/src/blocks/gateway.ts";
import type { BlockSource } from "../../../node-agent/src/blocks/source.ts";
import { digestOfCid, parseCid } from "../../../node-agent/src/dag/block.ts";
import { buildTree } from "../../../node-agent/src/dag/build-directory.ts";
import { buildFileOf, leafBytes } from "../../../node-agent/src/dag/build-file.ts";
import { writeCar } from "../../../node-agent/src/dag/car.ts";
import { blocksBelow } from "../../../node-agent/src/dag/walk.ts";
import { fetchTree } from "../../../node-agent/src/flows/fetch-tree.ts";
import { studyId } from "../../../node-agent/src/model/ids.ts";
import { createLog } from "../../../node-agent/src/ops/log.ts";
import { createMetrics } from "../../../node-agent/src/ops/metrics.ts";
import { createPeers } from "../../../node-agent/src/peers/create-peers.ts";
import { createTlsIdentity } from "../../../node-agent/src/envelope/tls-identity.ts";
import type { Blocks } from "../../../node-agent/src/ports/blocks.ts";
import { memory } from "../dag/memory.ts";

type Held = ReturnType<typeof memory>;
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

/** A real Trustless Gateway over HTTP; `meddle` may answer in its place. */
async function gateway(t: ExecutionContext, held: Held, meddle: (cid: CID, format: string, response: ServerResponse) => boolean = () => false): Promise<{ source: BlockSource; asked: { raw: number; car: number } }> {
  const asked = { raw: 0, car: 0 };
  const answer = async (url: URL, response: ServerResponse): Promise<void> => {
    const cid = parseCid(url.pathname.slice("/ipfs/".length));
    const format = url.searchParams.get("format") ?? "";
    if (format === "car") asked.car++;
    else asked.raw++;
    if (meddle(cid, format, response)) return;
    const bytes = await held.get(cid);
    if (bytes === null) response.writeHead(404).end();
    else if (format === "raw") response.end(bytes);
    else Readable.from(writeCar([cid], blocksBelow(cid, held.get))).pipe(response);
  };
  const listener: RequestListener = (request, response) => void answer(new URL(request.url ?? "/", "http://x"), response);
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  return { source: gatewaySource({ name: "hospital A", baseUrl: `http://127.0.0.1:${address.port}/`, fetch }), asked };
}

/** Answers so and says that it did. */
function notFound(response: ServerResponse): boolean {
  response.writeHead(404).end();
  return true;
}

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

test("a study is read as one CAR, every block verified", async (t) => {
  const { held, root, cids } = await study();
  const { source, asked } = await gateway(t, held);
  const seen: string[] = [];
  for await (const { cid } of source.car?.(root, signal) ?? []) seen.push(cid.toString());
  t.deepEqual(seen, cids.map(String));
  t.deepEqual(asked, { raw: 0, car: 1 });
});

test("a whole study arrives block by block, and nothing is fetched twice", async (t) => {
  const { held, root, cids } = await study();
  const { source, asked } = await gateway(t, held);
  const store = await empty(t);
  await pullTree(store, root, [source]);
  await complete(t, store, cids, held);
  t.is(asked.raw, cids.length);
  await pullTree(store, root, [source]);
  t.is(asked.raw, cids.length);
});

test("a source with other bytes, errors, no answer or endless answers is passed over for one that is right", async (t) => {
  const { held, root, cids } = await study();
  const liars: BlockSource[] = [];
  const ways: ((response: ServerResponse) => void)[] = [
    (response) => response.end(randomBytes(1000)),
    (response) => response.writeHead(500).end("no"),
    (response) => response.destroy(),
    (response) => response.writeHead(302, { location: "/elsewhere" }).end(),
    (response) => Readable.from((function* () { for (;;) yield Buffer.alloc(65_536); })()).pipe(response),
  ];
  for (const way of ways) {
    const liar = await gateway(t, held, (_cid, _format, response) => {
      way(response);
      return true;
    });
    liars.push(liar.source);
  }
  const good = await gateway(t, held);
  const store = await empty(t);
  await pullTree(store, root, [...liars, good.source]);
  await complete(t, store, cids, held);
  for (const liar of liars) await t.throwsAsync(pullTree(await empty(t), root, [liar]), { code: "STUDY_BLOCKS_MISSING" });
});

test("one absent block is counted; calling again when it is there brings it alone", async (t) => {
  const { held, root, cids } = await study();
  const hidden = cids.at(-2);
  if (hidden === undefined) return t.fail();
  let hide = true;
  const { source, asked } = await gateway(t, held, (cid, _format, response) => hide && cid.equals(hidden) && notFound(response));
  const store = await empty(t);
  const error = await t.throwsAsync(pullTree(store, root, [source]), { code: "STUDY_BLOCKS_MISSING" });
  t.regex(error?.message ?? "", /^1 blocks/u);
  hide = false;
  const before = asked.raw;
  await pullTree(store, root, [source]);
  await complete(t, store, cids, held);
  t.is(asked.raw - before, 1);
});

test("many blocks from many sources are shared among them", async (t) => {
  const { held, root, cids } = await study(60);
  const gateways = await Promise.all([gateway(t, held), gateway(t, held), gateway(t, held)]);
  const store = await empty(t);
  await pullTree(store, root, gateways.map(({ source }) => source));
  await complete(t, store, cids, held);
  for (const { asked } of gateways) t.true(asked.raw >= 2);
});

test("a source that is slow holds nobody up: what it is late with comes from another", async (t) => {
  const { held, root, cids } = await study();
  const slow = await gateway(t, held, () => true);
  const good = await gateway(t, held);
  const store = await empty(t);
  await pullTree(store, root, [slow.source, good.source]);
  await complete(t, store, cids, held);
});

test("an abort ends it promptly with the signal's reason", async (t) => {
  const { held, root } = await study();
  const { source } = await gateway(t, held, () => true);
  const controller = new AbortController();
  setTimeout(() => controller.abort(new RangeError("stopped")), 50);
  await t.throwsAsync(pullTree(await empty(t), root, [source], controller.signal), { message: "stopped" });
});
