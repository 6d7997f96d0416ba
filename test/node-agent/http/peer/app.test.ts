import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open as openFile, rm } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { openBlockStore } from "../../../../node-agent/src/blocks/store.ts";
import { cidOfRoot, digestOfCid, rawBlock } from "../../../../node-agent/src/dag/block.ts";
import { buildFileOf } from "../../../../node-agent/src/dag/build-file.ts";
import { walk } from "../../../../node-agent/src/dag/walk.ts";
import { createTlsIdentity } from "../../../../node-agent/src/envelope/tls-identity.ts";
import { createProbeAnswerer } from "../../../../node-agent/src/flows/answer-probe.ts";
import { fetchTree } from "../../../../node-agent/src/flows/fetch-tree.ts";
import { serveMany } from "../../../../node-agent/src/flows/serve-blocks.ts";
import { ServingQueue } from "../../../../node-agent/src/flows/serving-queue.ts";
import { createPeerApp, type PinInput } from "../../../../node-agent/src/http/peer/app.ts";
import { listen } from "../../../../node-agent/src/http/server/listen.ts";
import { openLedgerIndex } from "../../../../node-agent/src/index/ledger-index.ts";
import { Fault, fault } from "../../../../node-agent/src/model/fault.ts";
import { address, digest, type MemberId, memberId, requestId, studyId } from "../../../../node-agent/src/model/ids.ts";
import type { LedgerFact } from "../../../../node-agent/src/model/ledger-events.ts";
import { dial } from "../../../../node-agent/src/peers/dial.ts";
import { createLog } from "../../../../node-agent/src/ops/log.ts";
import { createMetrics } from "../../../../node-agent/src/ops/metrics.ts";
import { createPeers } from "../../../../node-agent/src/peers/create-peers.ts";
import { hurriedClock, profileFor } from "../../peers/peer-server.ts";
import { silent } from "../support/observer.ts";

const server = createTlsIdentity({ name: "Hospital A" });
const client = createTlsIdentity({ name: "Hospital B" });
const stranger = createTlsIdentity({ name: "Hospital B" });
const [one, two] = [memberId(1), memberId(2)];
const certificate = randomBytes(300);
const never = new AbortController().signal;
const requests = { ready: requestId(`0x${"01".repeat(32)}`), waiting: requestId(`0x${"02".repeat(32)}`), foreign: requestId(`0x${"03".repeat(32)}`) };
const study = studyId(`0x${"0a".repeat(32)}`);

const nodeKey = "ab".repeat(64);
const blockHash = (number: number) => digest(`0x${number.toString(16).padStart(64, "0")}`);
const admitted = (member: MemberId, identity: typeof client): LedgerFact => ({
  kind: "MemberAdmitted",
  member,
  memberKind: "hospital",
  governor: address(`0x${"11".repeat(20)}`),
  operators: [],
  profile: profileFor(identity, "https://127.0.0.1:1"),
});

/** Hospital A's peer listener over a real index and a real block folder, and hospital B's (or a stranger's) way of talking to it. */
async function open(t: ExecutionContext, identity = client) {
  const folder = await mkdtemp(join(tmpdir(), "fiducial-peer-"));
  const index = openLedgerIndex(join(folder, "ledger.sqlite"));
  const note = (number: number, facts: readonly LedgerFact[]) => {
    const block = { number, hash: blockHash(number), timestamp: number };
    const events = facts.map((fact, logIndex) => ({ ...fact, block: number, timestamp: number, logIndex, transaction: blockHash(number) }));
    index.apply([{ block, events }]);
  };
  note(1, [admitted(one, server), admitted(two, client)]);
  const blocks = await openBlockStore(join(folder, "blocks"));
  const applied: string[] = [];
  const registered: { readonly asker: MemberId; readonly raw: string }[] = [];
  const pins: { readonly what: string; readonly input: PinInput }[] = [];
  const queue = new ServingQueue({ now: Date.now, sleep: async (ms) => await sleep(ms) }, { streams: 2, bytesPerSecond: null, bytesPerSecondPerMember: null });
  const app = createPeerApp({
    observer: silent,
    index,
    certificate,
    source: {
      block: (cid) => blocks.get(cid),
      tree: async function* (root) {
        for await (const cid of walk(root, (other) => blocks.get(other))) {
          const bytes = await blocks.get(cid);
          if (bytes === null) throw fault("BLOCK_MISSING", { cid: cid.toString() });
          yield { cid, bytes };
        }
      },
    },
    stream: {
      blocks: (cids) => serveMany({ blocks }, cids),
      enter: (member, request, signal) => queue.enter(member, request === null ? 2 : 1, signal),
    },
    releaseKey: ({ requester, request }) => {
      if (request === requests.foreign) throw fault("REQUEST_NOT_YOURS", { request });
      return request === requests.ready ? Buffer.from(`key for ${requester}`) : null;
    },
    keepReplica: async (input) => void pins.push({ what: "keep", input }),
    pinned: (owner) => (owner === two ? [{ study, root: digest(`0x${"0b".repeat(32)}`) }] : []),
    dropReplica: async (input) => void pins.push({ what: "drop", input }),
    answerProbe: createProbeAnswerer({
      self: one,
      chain: { chainId: 7, genesisHash: blockHash(0) },
      ledgerIndex: index,
      registrar: { nonce: async () => 3, relay: async () => ({ transaction: blockHash(9), block: 9 }) },
      dial,
      clock: { now: Date.now },
      sees: (key) => (key === nodeKey ? { allowed: true, connected: false } : null),
    }),
    answerApplication: async (spki) => {
      applied.push(spki);
      return { votes: true, now: 1000, proposal: { number: 3, state: "active", votesFor: 1, needed: 2, missing: [two], snapshot: 900, deadline: 1100, eta: null } };
    },
    register: async (asker, raw) => {
      registered.push({ asker: asker.id, raw });
      return { transaction: blockHash(9), block: 9 };
    },
  });
  const listener = await listen(app, { host: "127.0.0.1", port: 0, tls: { cert: server.certPem, key: server.keyPem, askForClient: true } });
  const profile = profileFor(server, listener.url, certificate);
  const peers = createPeers({ credentials: identity, profileOf: (member) => (member === one ? profile : null), clock: hurriedClock() });
  t.teardown(async () => {
    await peers.close();
    await listener.close(0);
    index.close();
    await blocks.close();
    await rm(folder, { recursive: true });
  });
  return { peers, blocks, pins, applied, registered, note, listener, queue, folder };
}

/** A plain request with or without a client certificate. */
function ask(url: string, path: string, options: { readonly method?: string; readonly identity?: typeof client | null; readonly headers?: Record<string, string>; readonly body?: string } = {}) {
  const identity = options.identity === undefined ? client : options.identity;
  return new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }>((resolve, reject) => {
    const asked = httpsRequest(`${url}${path}`, {
      method: options.method ?? "GET",
      rejectUnauthorized: false,
      agent: false,
      headers: options.headers ?? {},
      ...(identity === null ? {} : { key: identity.keyPem, cert: identity.certPem }),
    });
    asked.on("response", (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(options.body);
  });
}

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 400 && !holds(); tries++) await sleep(25);
};

const refused = async (t: ExecutionContext, work: () => Promise<unknown>, peerCode: string): Promise<void> => {
  const error = await t.throwsAsync(work, { instanceOf: Fault });
  t.is(error?.code, "PEER_REFUSED");
  t.like(error?.details as object, { peerCode });
};

test("a registered member gets the certificate, and its own key", async (t) => {
  const { peers } = await open(t);
  t.deepEqual(Buffer.from(await peers.certificate(one)), certificate);
  t.is(Buffer.from((await peers.releasedKey(one, requests.ready, never)) ?? []).toString(), "key for 2", "the requester is who TLS says");
  t.is(await peers.releasedKey(one, requests.waiting, never), null);
  await refused(t, () => peers.releasedKey(one, requests.foreign, never), "REQUEST_NOT_YOURS");
});

test("PEER_UNREGISTERED_CERTIFICATE for a key that is in no profile, whatever name its certificate bears", async (t) => {
  const { peers } = await open(t, stranger);
  await refused(t, () => peers.certificate(one), "PEER_UNREGISTERED_CERTIFICATE");
});

test("a suspended member is refused on the connection it already has", async (t) => {
  const { peers, note } = await open(t);
  await peers.certificate(one);
  note(2, [{ kind: "MemberStatusChanged", member: two, status: "suspended" }]);
  await refused(t, () => peers.certificate(one), "PEER_UNREGISTERED_CERTIFICATE");
  note(3, [{ kind: "MemberStatusChanged", member: two, status: "active" }]);
  t.deepEqual(Buffer.from(await peers.certificate(one)), certificate);
});

test("without a client certificate there is 401, and a header cannot stand in for one", async (t) => {
  const { listener } = await open(t);
  const headers = { "x-client-cert": client.certPem.replaceAll("\n", " "), "x-member": "2" };
  const answer = await ask(listener.url, "/certificate", { identity: null, headers });
  t.is(answer.status, 401);
  t.is((JSON.parse(answer.body.toString()) as { code: string }).code, "PEER_NOT_AUTHENTICATED");
});

test("blocks arrive whole and verified, singly and as lists", async (t) => {
  const { peers, blocks, queue } = await open(t);
  const built = buildFileOf(randomBytes(5_300_000));
  await blocks.putMany(built.blocks);
  const leaf = built.blocks[0] ?? rawBlock(Buffer.of());
  t.deepEqual(Buffer.from((await peers.block(one, leaf.cid, never)) ?? []), Buffer.from(leaf.bytes));
  t.is(await peers.block(one, rawBlock(randomBytes(9)).cid, never), null);
  const absent = rawBlock(randomBytes(40)).cid;
  const cids = built.blocks.map(({ cid }) => cid).reverse();
  const seen: string[] = [];
  for await (const { cid } of peers.blocks(one, [absent, ...cids], null, never)) seen.push(cid.toString());
  t.deepEqual(seen, cids.map(String), "in the order asked, without the one that is not there");
  for (let round = 0; round < 6; round++) for await (const _block of peers.blocks(one, cids, requests.ready, never)) break;
  await until(() => queue.counts().serving === 0);
  t.deepEqual(queue.counts(), { serving: 0, waiting: 0 }, "a reader that leaves early gives its place back");
});

test("a damaged block is not sent as it is: the reader finds out, and asking for it alone sets it aside", async (t) => {
  const { peers, blocks, folder } = await open(t);
  const [good, bad] = [rawBlock(randomBytes(90_000)), rawBlock(randomBytes(90_000))];
  await blocks.putMany([good, bad]);
  const file = await openFile(join(folder, "blocks", "segments", "00000001.seg"), "r+");
  await file.write(randomBytes(90_000), 0, 90_000, (await file.stat()).size - 90_000);
  await file.close();
  const seen: string[] = [];
  const error = await t.throwsAsync(async () => {
    for await (const { cid } of peers.blocks(one, [good.cid, bad.cid], null, never)) seen.push(cid.toString());
  }, { instanceOf: Fault });
  t.is(error?.code, "BLOCK_MISMATCH");
  t.deepEqual(error?.details as unknown, { cid: bad.cid.toString() });
  t.deepEqual(seen, [good.cid.toString()]);
  t.is(await peers.block(one, bad.cid, never), null);
});

test("a list of blocks that is none, too long, or of strange CIDs is refused", async (t) => {
  const { listener } = await open(t);
  const post = async (body: unknown) => (await ask(listener.url, "/blocks", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).status;
  t.is(await post({}), 400);
  t.is(await post({ cids: [] }), 400);
  t.is(await post({ cids: ["QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"] }), 400);
  t.is(await post({ cids: Array.from({ length: 1001 }, () => rawBlock(randomBytes(4)).cid.toString()) }), 400);
  t.is(await post({ cids: [rawBlock(randomBytes(4)).cid.toString()], request: "0x12" }), 400);
  t.is(await post({ cids: [rawBlock(randomBytes(4)).cid.toString()] }), 200, "what is not there is left out");
});

test("the Trustless Gateway's headers, HEAD, conditional requests and errors", async (t) => {
  const { blocks, listener } = await open(t);
  const block = rawBlock(randomBytes(4000));
  await blocks.putMany([block]);
  const raw = await ask(listener.url, `/ipfs/${block.cid}?format=raw`);
  t.is(raw.status, 200);
  t.is(raw.headers["content-type"], "application/vnd.ipld.raw");
  t.is(raw.headers["x-content-type-options"], "nosniff");
  t.regex(String(raw.headers["cache-control"]), /immutable/u);
  t.is(createHash("sha256").update(raw.body).digest("hex"), Buffer.from(block.cid.multihash.digest).toString("hex"));
  const head = await ask(listener.url, `/ipfs/${block.cid}?format=raw`, { method: "HEAD" });
  t.is(head.headers["content-length"], "4000");
  t.is(head.body.length, 0);
  const car = await ask(listener.url, `/ipfs/${block.cid}`, { headers: { accept: "application/vnd.ipld.car" } });
  t.regex(String(car.headers["content-type"]), /^application\/vnd\.ipld\.car; version=1; order=dfs/u);
  const again = await ask(listener.url, `/ipfs/${block.cid}?format=raw`, { headers: { "if-none-match": String(raw.headers["etag"]) } });
  t.is(again.status, 304);
  t.is((await ask(listener.url, `/ipfs/${block.cid}`)).status, 406);
  t.is((await ask(listener.url, `/ipfs/${block.cid}?format=tar`)).status, 400);
  t.is((await ask(listener.url, "/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG?format=raw")).status, 400);
  t.is((await ask(listener.url, "/ipfs/hello?format=raw")).status, 400);
  t.is((await ask(listener.url, `/ipfs/${rawBlock(randomBytes(4)).cid}?format=raw`)).status, 404);
  t.is((await ask(listener.url, "/keys/0x12")).status, 400);
});

test("pins name their owner by its key", async (t) => {
  const { peers, pins, listener } = await open(t);
  const root = digest(`0x${"0b".repeat(32)}`);
  await peers.pin(one, study, cidOfRoot(root), never);
  await peers.unpin(one, study, cidOfRoot(root), never);
  t.deepEqual(pins, [
    { what: "keep", input: { owner: two, study, root } },
    { what: "drop", input: { owner: two, study, root } },
  ]);
  t.deepEqual(await peers.pinned(one, never), [{ study, root }], "what is kept for it, the owner is who TLS says");
  t.is((await ask(listener.url, "/pins", { method: "POST" })).status, 415);
});

test("a member is told how it is seen: its own registered addresses dialed, and no other; not without end", async (t) => {
  const { peers, note, listener } = await open(t);
  const port = Number(new URL(listener.url).port);
  const node = (over: object) => ({ enodeKey: `0x${nodeKey}` as const, host: "127.0.0.1", port, validator: true, ipfsPeerId: "", clusterPeerId: "", ...over });
  note(2, [{ kind: "MemberNodesChanged", member: two, nodes: [node({}), node({ enodeKey: `0x${"cd".repeat(64)}`, port: 1 })] }]);
  const answer = await peers.probe(one, never);
  t.deepEqual(answer.you, { member: two, status: "active", governor: address(`0x${"11".repeat(20)}`), governorNonce: 3 });
  t.deepEqual(answer.chain, { chainId: 7, genesisHash: blockHash(0), block: { number: 2, hash: blockHash(2) } });
  t.deepEqual(answer.nodes, [
    { key: nodeKey, allowed: true, connected: false },
    { key: "cd".repeat(64), allowed: null, connected: null },
  ]);
  t.deepEqual(
    answer.dialed.map(({ what, address: at, ok }) => [what, at, ok]),
    [
      ["endpoint", "127.0.0.1:1", false],
      ["node", `127.0.0.1:${port}`, true],
      ["node", "127.0.0.1:1", false],
    ],
  );
  for (let more = 0; more < 4; more++) await peers.probe(one, never);
  const again = await t.throwsAsync(peers.probe(one, never));
  t.like(again, { code: "PEER_REFUSED", details: { peerCode: "PEER_PROBED_LATELY", status: 429 } });
});

test("a private address is not dialed by a member that is registered at a public one", async (t) => {
  const { peers, note } = await open(t);
  note(2, [{ kind: "MemberProfileChanged", member: one, profile: { ...profileFor(server, "https://h.example:8443"), endpoint: "https://h.example:8443" } }]);
  note(3, [{ kind: "MemberProfileChanged", member: two, profile: { ...profileFor(client, "https://192.168.1.1:22"), endpoint: "https://192.168.1.1:22" } }]);
  const { dialed } = await peers.probe(one, never);
  t.deepEqual(dialed, [{ what: "endpoint", address: "192.168.1.1:22", ok: false, reason: "private address" }]);
});

test("an entry is handed on in the name of whoever the TLS key belongs to; rubbish is refused before", async (t) => {
  const { peers, registered, listener } = await open(t);
  t.is(await peers.register(one, "0x1234", never), 9);
  t.deepEqual(registered, [{ asker: two, raw: "0x1234" }]);
  for (const body of ['{"raw":"0x123"}', '{"raw":"zz"}', "{}", '{"raw":"0x12","more":1}']) {
    const { status } = await ask(listener.url, "/registrations", { method: "POST", headers: { "content-type": "application/json" }, body });
    t.true(status >= 400 && status < 500, body);
  }
  t.is(registered.length, 1);
});

test("whoever asks to become a member hears of the TLS key that it proved to own, and nothing else is open to it", async (t) => {
  const stranger = createTlsIdentity({ name: "nobody yet" });
  const { peers, applied, listener } = await open(t, stranger);
  t.like(await peers.application(one, never), { votes: true, proposal: { number: 3, state: "active", missing: [two] } });
  t.deepEqual(applied, [stranger.spkiSha256]);
  t.is((await ask(listener.url, "/application", { method: "POST", identity: null })).status, 401, "a key has to be shown");
  for (const [method, path] of [["POST", "/probe"], ["GET", "/pins"], ["GET", "/certificate"]] as const) t.is((await ask(listener.url, path, { method, identity: stranger })).status, 403, path);
  t.is(applied.length, 1);
});

/** Stands between client and listener and cuts each connection after so many bytes of the answer, as `cuts` say one after the other; then lets everything through. */
async function cutting(t: ExecutionContext, port: number, cuts: number[]) {
  const between = createTcpServer((near) => {
    const cut = cuts.shift() ?? Number.POSITIVE_INFINITY;
    const far = connectTcp(port, "127.0.0.1");
    let passed = 0;
    near.on("error", () => far.destroy()).on("close", () => far.destroy()).pipe(far);
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    far.on("data", (part: Buffer) => {
      near.write(part.subarray(0, Math.max(0, cut - passed)));
      passed += part.length;
      if (passed >= cut) near.destroySoon();
    });
  });
  between.listen(0, "127.0.0.1");
  await once(between, "listening");
  t.teardown(() => void between.close());
  return `https://127.0.0.1:${(between.address() as AddressInfo).port}`;
}

test("a line cut at any byte, again and again: the fetch goes on at the block, nothing wrong is kept, little comes twice", async (t) => {
  const { blocks, listener, folder } = await open(t);
  const built = buildFileOf(randomBytes(12_400_000));
  await blocks.putMany(built.blocks);
  const size = built.blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4_000_000 }), { maxLength: 12 }), async (cuts) => {
      const endpoint = await cutting(t, Number(new URL(listener.url).port), [...cuts]);
      const peers = createPeers({ credentials: client, profileOf: (member) => (member === one ? profileFor(server, endpoint, certificate) : null), clock: hurriedClock() });
      const store = await openBlockStore(join(folder, `copy-${run++}`));
      let arrived = 0;
      const context = { blocks: store, ownSources: [], peers, clock: hurriedClock(), log: createLog({ level: "error", to: { write: () => {} } }), metrics: createMetrics({ processMetrics: false }).metrics, signal: never, settings: { minFreeBytes: 0 } };
      const attempt = (): Promise<unknown> =>
        fetchTree(context, { study, root: digestOfCid(built.cid), sources: [one], onArrival: (bytes, source) => { if (source !== null) arrived += bytes; } }).catch((error: unknown) => error);
      let error = await attempt();
      // Three failures in a row without a block end an attempt; the next takes up what is left.
      for (let attempts = 0; error !== undefined && attempts < cuts.length; attempts++) {
        t.true(error instanceof Fault && error.code === "STUDY_BLOCKS_MISSING", String(error));
        error = await attempt();
      }
      t.is(error, undefined);
      t.is(arrived, size, "every block was taken exactly once");
      for (const { cid, bytes } of built.blocks) t.is(Buffer.compare((await store.get(cid)) ?? Buffer.alloc(0), bytes), 0);
      await peers.close();
      await store.close();
    }),
    { numRuns: 12 },
  );
});
