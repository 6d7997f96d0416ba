import { randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import { digestOfCid, rawBlock } from "../../../node-agent/src/dag/block.ts";
import { writeCar } from "../../../node-agent/src/dag/car.ts";
import { createTlsIdentity } from "../../../node-agent/src/envelope/tls-identity.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { requestId, studyId } from "../../../node-agent/src/model/ids.ts";
import type { MemberProfile } from "../../../node-agent/src/model/ledger-views.ts";
import { createPeers } from "../../../node-agent/src/peers/create-peers.ts";
import { hurriedClock, profileFor, servePeer, two } from "./peer-server.ts";

const here = createTlsIdentity({ name: "Hospital A" });
const there = createTlsIdentity({ name: "Hospital B" });
const stranger = createTlsIdentity({ name: "Hospital B" });
const request = requestId(`0x${"01".repeat(32)}`);
const study = studyId(`0x${"02".repeat(32)}`);
const never = new AbortController().signal;

type Answer = Parameters<typeof servePeer>[1];
type Options = { readonly identity?: typeof there; readonly certificate?: Uint8Array; readonly tls?: Parameters<typeof servePeer>[2]; readonly path?: string };

async function open(t: ExecutionContext, answer: Answer, options: Options = {}) {
  const server = await servePeer(options.identity ?? there, answer, options.tls);
  const registry = new Map<number, MemberProfile>([[two, profileFor(there, server.endpoint + (options.path ?? ""), options.certificate)]]);
  const clock = hurriedClock();
  const peers = createPeers({ credentials: here, profileOf: (member) => registry.get(member) ?? null, clock, timeouts: { connectMs: 2000, headersMs: 1000, bodyMs: 1000 } });
  t.teardown(async () => {
    await peers.close();
    await server.close();
  });
  return { server, registry, peers, clock };
}

const refused = async (t: ExecutionContext, promise: Promise<unknown>, code: string): Promise<Fault> => {
  const error = await t.throwsAsync(promise, { instanceOf: Fault });
  t.is(error?.code, code);
  return error ?? (null as never);
};

test("both ends prove their keys, and the endpoint's own path comes first", async (t) => {
  const { server, peers } = await open(t, (_request, response) => void response.end("wrapped"), { path: "/fiducial/" });
  t.is(Buffer.from((await peers.releasedKey(two, request, never)) ?? []).toString(), "wrapped");
  t.deepEqual(server.received, [{ method: "GET", path: `/fiducial/keys/${request}`, body: "", clientSpki: here.spkiSha256 }]);
});

test("connections are kept and carry many questions", async (t) => {
  const { server, peers } = await open(t, (_request, response) => void response.end("x"));
  for (let count = 0; count < 12; count++) await peers.releasedKey(two, request, never);
  t.true(server.connections() <= 3, `${server.connections()} handshakes for 12 questions`);
});

test("a key not ready yet is null", async (t) => {
  const { peers } = await open(t, (_request, response) => void response.writeHead(204).end());
  t.is(await peers.releasedKey(two, request, never), null);
});

test("somebody in the middle with another key, whatever its certificate says, never sees a byte of a request", async (t) => {
  const { server, peers, clock } = await open(t, (_request, response) => void response.end("stolen"), { identity: stranger });
  await refused(t, peers.releasedKey(two, request, never), "PEER_UNREGISTERED_CERTIFICATE");
  await refused(t, peers.pin(two, study, rawBlock(randomBytes(8)).cid, never), "PEER_UNREGISTERED_CERTIFICATE");
  t.deepEqual(server.received, []);
  t.deepEqual(clock.slept, [], "a wrong key is not tried again");
});

test("TLS 1.2 is not spoken", async (t) => {
  const { server, peers } = await open(t, (_request, response) => void response.end("x"), { tls: { maxVersion: "TLSv1.2" } });
  await refused(t, peers.releasedKey(two, request, never), "PEER_UNREACHABLE");
  t.deepEqual(server.received, []);
});

test("a peer that refuses us is quoted by its code and nothing else", async (t) => {
  const { peers } = await open(t, (_request, response) => {
    response.writeHead(403, { "content-type": "application/problem+json" }).end(JSON.stringify({ code: "PEER_UNREGISTERED_CERTIFICATE", detail: "DOE^JANE" }));
  });
  const error = await refused(t, peers.releasedKey(two, request, never), "PEER_REFUSED");
  t.deepEqual(error.details as unknown, { member: 2, status: 403, peerCode: "PEER_UNREGISTERED_CERTIFICATE" });
  t.notRegex(error.message, /JANE/u);
});

for (const body of ["", "not json", "null", '{"code":"DOE^JANE"}', '{"code":7}', "x".repeat(50_000)])
  test(`a refusal without a usable code: ${body.slice(0, 20)}`, async (t) => {
    const { peers } = await open(t, (_request, response) => void response.writeHead(500).end(body));
    const error = await refused(t, peers.releasedKey(two, request, never), "PEER_REFUSED");
    t.deepEqual(error.details as unknown, { member: 2, status: 500, peerCode: null });
  });

test("a certificate is taken only with the digest on chain", async (t) => {
  const certificate = randomBytes(200);
  const { peers, registry } = await open(t, (_request, response) => void response.end(certificate), { certificate });
  t.deepEqual(Buffer.from(await peers.certificate(two)), certificate);
  const profile = registry.get(two);
  if (profile !== undefined) registry.set(two, { ...profile, openpgpSha256: study as unknown as typeof profile.openpgpSha256 });
  await refused(t, peers.certificate(two), "PEER_CERTIFICATE_MISMATCH");
});

test("a block is verified; one that is not there is null", async (t) => {
  const block = rawBlock(randomBytes(5000));
  let body: Uint8Array | null = block.bytes;
  const { server, peers } = await open(t, (_request, response) => void (body === null ? response.writeHead(404).end() : response.end(body)));
  t.deepEqual(Buffer.from((await peers.block(two, block.cid, never)) ?? []), Buffer.from(block.bytes));
  t.is(server.received[0]?.path, `/ipfs/${block.cid}?format=raw`);
  body = Buffer.concat([block.bytes.subarray(1), Buffer.of(1)]);
  await refused(t, peers.block(two, block.cid, never), "BLOCK_MISMATCH");
  body = Buffer.alloc(3 * 1024 * 1024);
  await refused(t, peers.block(two, block.cid, never), "PEER_BAD_ANSWER");
  body = null;
  t.is(await peers.block(two, block.cid, never), null);
});

const leaves = Array.from({ length: 20 }, () => rawBlock(randomBytes(40_000)));
const [root = rawBlock(Buffer.of())] = leaves;
const cids = leaves.map(({ cid }) => cid);
const carHead = { "content-type": "application/vnd.ipld.car; version=1" };

async function carOf(blocks: typeof leaves): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of writeCar([root.cid], blocks)) parts.push(part);
  return Buffer.concat(parts);
}

test("a CAR gives every block asked for, verified, in order", async (t) => {
  const bytes = await carOf(leaves);
  const { peers, server } = await open(t, (_request, response) => void response.writeHead(200, carHead).end(bytes));
  const seen: string[] = [];
  for await (const { cid } of peers.blocks(two, cids, null, never)) seen.push(cid.toString());
  t.deepEqual(
    seen,
    leaves.map(({ cid }) => cid.toString()),
  );
  for await (const _block of peers.blocks(two, cids.slice(3, 5), request, never));
  t.deepEqual(server.received.map(({ method, path, body }) => [method, path, JSON.parse(body) as unknown]), [
    ["POST", "/blocks", { cids: cids.map(String) }],
    ["POST", "/blocks", { cids: cids.slice(3, 5).map(String), request }],
  ]);
});

test("a CAR cut by the network keeps what was whole and says so", async (t) => {
  const bytes = await carOf(leaves);
  const { peers } = await open(t, (_request, response) => {
    response.writeHead(200, { ...carHead, "content-length": bytes.length });
    response.write(bytes.subarray(0, 410_000), () => setTimeout(() => response.destroy(), 50));
  });
  let whole = 0;
  const error = await refused(
    t,
    (async () => {
      for await (const _block of peers.blocks(two, cids, null, never)) whole++;
    })(),
    "PEER_UNREACHABLE",
  );
  t.is(whole, 10);
  t.regex(error.message, /member 2/u);
});

test("a tampered block inside a CAR is refused", async (t) => {
  const bytes = await carOf(leaves);
  bytes[200_000] = (bytes[200_000] ?? 0) ^ 1;
  const { peers } = await open(t, (_request, response) => void response.writeHead(200, carHead).end(bytes));
  await refused(
    t,
    (async () => {
      for await (const _block of peers.blocks(two, cids, null, never));
    })(),
    "BLOCK_MISMATCH",
  );
});

test("a web page where a CAR belongs is refused", async (t) => {
  const { peers } = await open(t, (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"));
  await refused(t, peers.blocks(two, cids, null, never)[Symbol.asyncIterator]().next(), "PEER_BAD_ANSWER");
});

test("a reader that stops early closes the stream", async (t) => {
  const bytes = await carOf(leaves);
  let closed = Promise.withResolvers<void>();
  const { peers } = await open(t, (_request, response) => {
    response.writeHead(200, carHead).write(bytes.subarray(0, 400_000));
    response.on("close", () => closed.resolve());
  });
  closed = Promise.withResolvers<void>();
  for await (const _block of peers.blocks(two, cids, null, never)) break;
  await closed.promise;
  t.pass();
});

test("pins name the study and the root digest; removing an unknown one is fine", async (t) => {
  const { server, peers } = await open(t, (message, response) => void response.writeHead(message.method === "POST" ? 204 : 404).end());
  await peers.pin(two, study, root.cid, never);
  await peers.unpin(two, study, root.cid, never);
  t.deepEqual(JSON.parse(server.received[0]?.body ?? ""), { study, root: digestOfCid(root.cid) });
  t.is(server.received[1]?.method, "DELETE");
});

test("a member unknown, without endpoint or without https is not asked", async (t) => {
  const { peers, registry, server } = await open(t, (_request, response) => void response.end("x"));
  const profile = registry.get(two);
  for (const endpoint of ["", "not a url", server.endpoint.replace("https", "http")]) {
    if (profile !== undefined) registry.set(two, { ...profile, endpoint });
    await refused(t, peers.releasedKey(two, request, never), "PEER_UNKNOWN_MEMBER");
  }
  registry.clear();
  await refused(t, peers.releasedKey(two, request, never), "PEER_UNKNOWN_MEMBER");
});

test("a key registered anew counts from the next question, also over a connection that stands", async (t) => {
  const { peers, registry, server } = await open(t, (_request, response) => void response.end("x"));
  await peers.releasedKey(two, request, never);
  registry.set(two, profileFor(stranger, server.endpoint));
  await refused(t, peers.releasedKey(two, request, never), "PEER_UNREGISTERED_CERTIFICATE");
});

test("a connection refused is tried again, twice, then told", async (t) => {
  const { peers, clock, server } = await open(t, () => {});
  await server.close().catch(() => {});
  const error = await refused(t, peers.releasedKey(two, request, never), "PEER_UNREACHABLE");
  t.regex(error.message, /ECONNREFUSED/u);
  t.is(clock.slept.length, 2);
});

test("a peer that drops the first connection and answers the second is reached", async (t) => {
  let first = true;
  const { peers } = await open(t, (_request, response, message) => {
    if (first) {
      first = false;
      message.socket.destroy();
    } else response.end("there");
  });
  t.is(Buffer.from((await peers.releasedKey(two, request, never)) ?? []).toString(), "there");
});

test("a peer that never answers is given up", async (t) => {
  const { peers } = await open(t, () => {});
  await refused(t, peers.releasedKey(two, request, never), "PEER_UNREACHABLE");
});

test("an abort ends the question with its own reason", async (t) => {
  const { peers } = await open(t, () => {});
  const stop = new AbortController();
  const asked = peers.releasedKey(two, request, stop.signal);
  setTimeout(() => stop.abort(new Error("enough")), 50);
  await t.throwsAsync(asked, { message: "enough" });
});
