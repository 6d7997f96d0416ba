import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import test, { type ExecutionContext } from "ava";
import { Fault, isFault } from "../../../node-agent/src/model/fault.ts";
import { createRpc, type Rpc } from "../../../node-agent/src/ledger/rpc.ts";

type Asked = { id: number; method: string };
type Handler = (asked: Asked | Asked[], response: ServerResponse, attempt: number) => void;

/** A node that answers as told. */
async function node(t: ExecutionContext, handler: Handler): Promise<string> {
  let attempt = 0;
  const server = createServer((request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part)).on("end", () => handler(JSON.parse(Buffer.concat(parts).toString()) as Asked | Asked[], response, ++attempt));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(t: ExecutionContext, endpoint: string, timeoutMs = 300, retries = 2): Rpc {
  const rpc = createRpc({ endpoint, timeoutMs, retries });
  t.teardown(() => rpc.close());
  return rpc;
}

const send = (response: ServerResponse, value: unknown, status = 200): void => void response.writeHead(status).end(JSON.stringify(value));
const answer = (asked: Asked, result: unknown = "0x1") => ({ jsonrpc: "2.0", id: asked.id, result });

test("a batch comes back in the order of its calls whatever the node's order", async (t) => {
  const rpc = client(t, await node(t, (asked, response) => send(response, (asked as Asked[]).map((one) => answer(one, one.method)).reverse())));
  t.deepEqual(await rpc.callAll(["a", "b", "c"].map((method) => ({ method, params: [] }))), ["a", "b", "c"]);
});

test("large batches are cut", async (t) => {
  const sizes: number[] = [];
  const rpc = client(
    t,
    await node(t, (asked, response) => {
      sizes.push((asked as Asked[]).length);
      send(response, (asked as Asked[]).map((one) => answer(one)));
    }),
  );
  t.is((await rpc.callAll(Array.from({ length: 450 }, () => ({ method: "m", params: [] })))).length, 450);
  t.deepEqual(sizes, [200, 200, 50]);
});

test("HTTP 500 twice and then an answer is an answer; for ever it is unreachable", async (t) => {
  const rpc = client(t, await node(t, (asked, response, attempt) => (attempt < 3 ? send(response, {}, 500) : send(response, answer(asked as Asked)))));
  t.is(await rpc.call("eth_x", []), "0x1");
  const dead = client(t, await node(t, (_asked, response) => send(response, {}, 500)));
  const error = await t.throwsAsync(dead.call("eth_x", []));
  t.true(isFault(error, "LEDGER_UNREACHABLE"));
  t.regex(error?.message ?? "", /HTTP 500/u);
});

for (const stumble of [
  { code: -32603, message: "Internal error" },
  { code: -32008, message: "Initial sync is still in progress" },
])
  test(`a node that stumbles (${stumble.code}) is asked again, for what it stumbled over alone; an error for ever is told`, async (t) => {
    const asks: string[][] = [];
    const url = await node(t, (asked, response, attempt) => {
      const list = (Array.isArray(asked) ? asked : [asked]) as (Asked & { readonly method: string })[];
      asks.push(list.map(({ method }) => method));
      const replies = list.map((one) => (one.method === "ill" || (one.method === "tired" && attempt < 3) ? { jsonrpc: "2.0", id: one.id, error: stumble } : answer(one)));
      send(response, Array.isArray(asked) ? replies : replies[0]);
    });
    const rpc = client(t, url);
    t.deepEqual(await rpc.callAll(["well", "tired", "well"].map((method) => ({ method, params: [] }))), ["0x1", "0x1", "0x1"]);
    t.deepEqual(asks, [["well", "tired", "well"], ["tired"], ["tired"]]);
    t.true(isFault(await t.throwsAsync(rpc.call("ill", [])), "LEDGER_RPC_ERROR"));
  });

test("a node that takes the connection and says nothing is unreachable, not waited for", async (t) => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => void sockets.push(socket.on("error", () => {})));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const rpc = client(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, 100, 1);
  t.true(isFault(await t.throwsAsync(rpc.call("eth_x", [])), "LEDGER_UNREACHABLE"));
  t.true(sockets.length >= 2, "it was tried again");
});

test("a node that stops in the middle of an answer is unreachable", async (t) => {
  const rpc = client(t, await node(t, (_asked, response) => void response.writeHead(200, { "content-length": 100 }).write('{"jsonrpc"')), 100, 0);
  t.true(isFault(await t.throwsAsync(rpc.call("eth_x", [])), "LEDGER_UNREACHABLE"));
});

test("a slow node is waited for up to the limit", async (t) => {
  const rpc = client(t, await node(t, (asked, response) => void setTimeout(() => send(response, answer(asked as Asked)), 60)));
  t.is(await rpc.call("eth_x", []), "0x1");
});

test("no node at all is unreachable", async (t) => {
  const rpc = client(t, "http://127.0.0.1:9", 200, 0);
  t.true(isFault(await t.throwsAsync(rpc.call("eth_x", [])), "LEDGER_UNREACHABLE"));
});

const lies: [string, (asked: Asked[]) => unknown][] = [
  ["an answer twice", ([a]) => [answer(a as Asked), answer(a as Asked)]],
  ["answers to other calls", (asked) => asked.map((one) => ({ ...answer(one), id: one.id + 1000 }))],
  ["too few answers", ([a]) => [answer(a as Asked)]],
  ["neither result nor error", (asked) => asked.map(({ id }) => ({ jsonrpc: "2.0", id }))],
  ["a page", () => "<html>"],
  ["nothing", () => null],
];
for (const [what, lie] of lies) {
  test(`${what} is no answer`, async (t) => {
    const rpc = client(t, await node(t, (asked, response) => send(response, lie(asked as Asked[]))));
    const calls = [
      { method: "a", params: [] },
      { method: "b", params: [] },
    ];
    t.true(isFault(await t.throwsAsync(rpc.callAll(calls)), "LEDGER_BAD_ANSWER"));
  });
}

test("text that is no JSON is no answer and is not repeated to the reader", async (t) => {
  const rpc = client(t, await node(t, (_asked, response) => void response.end("secret words")));
  const error = await t.throwsAsync(rpc.call("eth_x", []));
  t.true(isFault(error, "LEDGER_BAD_ANSWER"));
  t.notRegex(error?.message ?? "", /secret/u);
});

test("the node's own error is passed on, once, without control characters", async (t) => {
  let attempts = 0;
  const rpc = client(
    t,
    await node(t, (asked, response) => {
      attempts++;
      send(response, { jsonrpc: "2.0", id: (asked as Asked).id, error: { code: -32000, message: "no\n\u001b[31msuch" } });
    }),
  );
  const error = await t.throwsAsync(rpc.call("eth_x", []));
  t.true(error instanceof Fault && isFault(error, "LEDGER_RPC_ERROR"));
  t.is(error?.message, "eth_x: the chain node answered error -32000: no  [31msuch");
  t.is(attempts, 1);
});

test("an aborted call ends with the reason of its signal", async (t) => {
  const rpc = client(t, await node(t, () => {}), 5000);
  const stop = new AbortController();
  const call = rpc.call("eth_x", [], stop.signal);
  stop.abort(new Error("enough"));
  await t.throwsAsync(call, { message: "enough" });
});

test("there is no default endpoint, and only http is spoken", (t) => {
  for (const endpoint of ["", "mainnet", "ws://127.0.0.1:1", "file:///etc/passwd"]) t.throws(() => createRpc({ endpoint, timeoutMs: 1, retries: 0 }), { instanceOf: TypeError });
});
