import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fault } from "../../node-agent/src/model/fault.ts";

export type RpcServer = { readonly url: string; close(): Promise<void> };
export type RpcServerOptions = { readonly host: string; readonly port: number };
/** Answers one request of a batch with the text of its response. */
type Answer = (value: unknown) => Promise<string>;

const bodyLimit = 8 << 20;
const batchLimit = 1000;

const errorText = (code: number, message: string): string => JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } });

/** A page in a browser can name this server under another host (DNS rebinding); only names of this machine and the bound host are served. */
function hostServed(header: string | undefined, bound: string): boolean {
  if (header === undefined) return false;
  const name = header.replace(/:\d+$/u, "").replace(/^\[(.*)\]$/u, "$1");
  return name === bound || name === "localhost" || /^[\d.]+$/u.test(name) || name.includes(":");
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > bodyLimit) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function answerBody(body: Buffer, answer: Answer): Promise<string> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    return errorText(-32700, "Parse error");
  }
  if (!Array.isArray(value)) return answer(value);
  if (value.length === 0) return errorText(-32600, "Invalid Request");
  if (value.length > batchLimit) return errorText(-32005, `A batch holds at most ${batchLimit} requests`);
  return `[${(await Promise.all(value.map(answer))).join(",")}]`;
}

async function serve(request: IncomingMessage, response: ServerResponse, host: string, answer: Answer): Promise<void> {
  const send = (status: number, body: string): void => {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(body);
  };
  if (!hostServed(request.headers.host, host)) return send(403, errorText(-32600, "Host not served"));
  if (request.method !== "POST") return send(405, errorText(-32600, "JSON-RPC is spoken by POST"));
  // Demanding this type keeps web pages out: a browser asks first (CORS preflight), and is not answered.
  if (!/^application\/json\b/iu.test(request.headers["content-type"] ?? "")) return send(415, errorText(-32600, "Content-Type must be application/json"));
  const body = await bodyOf(request);
  if (body === null) {
    response.setHeader("connection", "close");
    return send(413, errorText(-32600, `A request holds at most ${bodyLimit} bytes`));
  }
  send(200, await answerBody(body, answer));
}

function listen(server: Server, { host, port }: RpcServerOptions): Promise<AddressInfo> {
  return new Promise((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) => fail(error.code === "EADDRINUSE" ? fault("CHAIN_PORT_IN_USE", { host, port }, error) : error));
    server.listen(port, host, () => done(server.address() as AddressInfo));
  });
}

/** Serves JSON-RPC 2.0 over HTTP, batches included. Port 0 takes a free one. Throws CHAIN_PORT_IN_USE. `close` lets requests under way end. */
export async function serveRpc(options: RpcServerOptions, answer: Answer): Promise<RpcServer> {
  const server = createServer((request, response) => {
    serve(request, response, options.host, answer).catch(() => response.destroy());
  });
  // The default of 5 s closes a connection just as an idle agent's pool wants to use it again.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 30_000;
  const { port } = await listen(server, options);
  return {
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 2000).unref();
      }),
  };
}
