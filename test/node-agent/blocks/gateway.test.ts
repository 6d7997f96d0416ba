import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import test, { type ExecutionContext } from "ava";
import type { CID } from "multiformats/cid";
import { fetch } from "undici";
import { fetchMissing } from "../../../node-agent/src/blocks/fetch-missing.ts";
import { fetchTree } from "../../../node-agent/src/blocks/fetch-tree.ts";
import { openBlockFolder } from "../../../node-agent/src/blocks/folder.ts";
import { gatewaySource } from "../../../node-agent/src/blocks/gateway.ts";
import type { BlockSource } from "../../../node-agent/src/blocks/source.ts";
import { parseCid, rawBlock } from "../../../node-agent/src/dag/block.ts";
import { buildTree } from "../../../node-agent/src/dag/build-directory.ts";
import { buildFileOf, leafBytes } from "../../../node-agent/src/dag/build-file.ts";
import { writeCar } from "../../../node-agent/src/dag/car.ts";
import { blocksBelow } from "../../../node-agent/src/dag/walk.ts";
import type { Blocks } from "../../../node-agent/src/ports/blocks.ts";
import { memory } from "../dag/memory.ts";

type Held = ReturnType<typeof memory>;
const signal = new AbortController().signal;

/** A study of a few objects, one of them of several blocks. */
async function study(): Promise<{ held: Held; root: CID; cids: CID[] }> {
  const held = memory();
  const files = [];
  for (const [i, size] of [2 * leafBytes + 5, 300_000, 70_000, 1, 500_000].entries()) {
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

async function complete(t: ExecutionContext, store: Blocks, cids: readonly CID[], held: Held): Promise<void> {
  for (const cid of cids) t.is(Buffer.compare((await store.get(cid)) ?? Buffer.from("absent"), (await held.get(cid)) ?? Buffer.from("?")), 0, cid.toString());
}

test("a whole study arrives by one CAR stream", async (t) => {
  const { held, root, cids } = await study();
  const { source, asked } = await gateway(t, held);
  const store = await empty(t);
  const seen: number[] = [];
  const done = await fetchTree(root, [source], store, { signal, onProgress: ({ bytes }) => void seen.push(bytes) });
  await complete(t, store, cids, held);
  t.deepEqual(asked, { raw: 0, car: 1 });
  t.is(done.blocks, cids.length);
  t.true(done.bytes > 2 * leafBytes);
  t.deepEqual(seen, [...seen].sort((one, two) => one - two), "progress never goes back");
  await fetchTree(root, [source], store, { signal });
  t.deepEqual(asked, { raw: 0, car: 1 }, "nothing is fetched twice");
});

test("a CAR cut in the middle is resumed block by block", async (t) => {
  const { held, root, cids } = await study();
  const { source, asked } = await gateway(t, held, (cid, format, response) => {
    if (format !== "car") return false;
    let left = 1_500_000;
    const cut = (async function* () {
      for await (const part of writeCar([cid], blocksBelow(cid, held.get))) {
        yield part.subarray(0, left);
        left -= part.length;
        if (left <= 0) return response.destroy();
      }
    })();
    Readable.from(cut).on("error", () => undefined).pipe(response);
    return true;
  });
  const store = await empty(t);
  await fetchTree(root, [source], store, { signal });
  await complete(t, store, cids, held);
  t.true(asked.raw > 0 && asked.raw < cids.length, `${asked.raw} of ${cids.length} were fetched singly`);
});

test("blocks that do not belong, in a CAR, are not stored", async (t) => {
  const { held, root, cids } = await study();
  const stranger = rawBlock(randomBytes(1000));
  const { source } = await gateway(t, held, (cid, format, response) => {
    if (format !== "car") return false;
    const mixed = (async function* () {
      let n = 0;
      for await (const block of blocksBelow(cid, held.get)) {
        if (n++ === 2) yield stranger;
        yield block;
      }
    })();
    Readable.from(writeCar([cid], mixed)).pipe(response);
    return true;
  });
  const store = await empty(t);
  await fetchTree(root, [source], store, { signal });
  await complete(t, store, cids, held);
  t.false(await store.has(stranger.cid));
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
  const good = await gateway(t, held, (_cid, format, response) => format === "car" && notFound(response));
  const store = await empty(t);
  await fetchTree(root, [...liars, good.source], store, { signal, concurrency: 4 });
  await complete(t, store, cids, held);
  const alone = await empty(t);
  for (const liar of liars) {
    const error = await t.throwsAsync(fetchMissing([root], [liar], alone, { signal }), { code: "BLOCK_MISSING" });
    t.true(error?.cause instanceof AggregateError, "the causes are kept");
  }
});

test("one absent block stops the fetch with its name; calling again when it is there completes it", async (t) => {
  const { held, root, cids } = await study();
  const hidden = cids.at(-2);
  if (hidden === undefined) return t.fail();
  let hide = true;
  const { source, asked } = await gateway(t, held, (cid, format, response) => hide && (format === "car" || cid.equals(hidden)) && notFound(response));
  const store = await empty(t);
  const error = await t.throwsAsync(fetchTree(root, [source], store, { signal, concurrency: 1 }), { code: "BLOCK_MISSING" });
  t.true(error?.message.includes(hidden.toString()));
  hide = false;
  const before = asked.raw;
  await fetchTree(root, [source], store, { signal });
  await complete(t, store, cids, held);
  t.true(asked.raw - before <= 2, "only what was missing was asked for");
});

test("many blocks from many sources are shared among them", async (t) => {
  const { held, cids } = await study();
  const gateways = await Promise.all([gateway(t, held), gateway(t, held), gateway(t, held)]);
  const store = await empty(t);
  const done = await fetchMissing(cids, gateways.map(({ source }) => source), store, { signal, concurrency: 3 });
  t.is(done.blocks, cids.length);
  await complete(t, store, cids, held);
  for (const { asked } of gateways) t.true(asked.raw >= 2);
});

test("an abort ends it promptly with the signal's reason", async (t) => {
  const { held, root } = await study();
  const { source } = await gateway(t, held, () => true);
  const store = await empty(t);
  const controller = new AbortController();
  setTimeout(() => controller.abort(new RangeError("stopped")), 50);
  await t.throwsAsync(fetchTree(root, [source], store, { signal: controller.signal }), { message: /stopped|abort/iu });
  await t.throwsAsync(fetchMissing([root], [source], store, { signal: controller.signal }), { message: "stopped" });
});
