import { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import { fault } from "../../model/fault.ts";

/** A daemon's HTTP interface. */
export type Daemon = {
  /** Sends a request and gives the answer's body once its status is 2xx. Throws IPFS_UNREACHABLE, IPFS_REFUSED (the daemon's own words in the cause), and the signal's reason. */
  ask(request: Request): Promise<Dispatcher.ResponseData["body"]>;
  /** As `ask`, for a body that is one JSON value. */
  json<Answer>(request: Request): Promise<Answer>;
  close(): Promise<void>;
};

export type Request = {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path and query. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array;
  /** Statuses other than 2xx whose body is the answer as well. */
  readonly also?: readonly number[];
};

/** A refused request in the daemon's own words; for logs of this machine, whose daemon it is. */
class OwnWords extends Error {
  override readonly name = "OwnWords";
}

const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]+/gu, " ").slice(0, 300);
const whyOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : error instanceof Error ? error.name : "unknown");

/** Connections to one daemon of this institution. `what` names it in errors. No answer is waited for longer than the caller's signal allows. */
export function connectDaemon(options: { readonly what: string; readonly url: string; readonly headers?: Readonly<Record<string, string>>; readonly connections: number }): Daemon {
  const { what } = options;
  const url = new URL(options.url);
  const base = url.pathname.replace(/\/+$/u, "");
  const pool = new Pool(url.origin, { connections: options.connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 5000 } });
  const ask = async (request: Request): Promise<Dispatcher.ResponseData["body"]> => {
    const { method, path, signal, body, also = [] } = request;
    signal.throwIfAborted();
    let answer: Dispatcher.ResponseData;
    try {
      answer = await pool.request({
        method,
        path: `${base}${path}`,
        headers: { ...options.headers, ...request.headers },
        signal,
        ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false }) }),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw fault("IPFS_UNREACHABLE", { what, why: whyOf(error) }, error);
    }
    const { statusCode } = answer;
    if ((statusCode >= 200 && statusCode < 300) || also.includes(statusCode)) return answer.body;
    const words = await answer.body.text().catch(() => "");
    throw fault("IPFS_REFUSED", { what, command: printable(path.split("?", 1)[0] ?? ""), status: statusCode }, new OwnWords(printable(words)));
  };
  return {
    ask,
    async json<Answer>(request: Request) {
      const body = await ask(request);
      try {
        return (await body.json()) as Answer;
      } catch (error) {
        request.signal.throwIfAborted();
        throw fault("IPFS_UNREACHABLE", { what, why: "its answer broke off" }, error);
      }
    },
    close: () => pool.destroy(),
  };
}

/** Lines of JSON, each as it comes. */
export async function* jsonLines<Line>(body: AsyncIterable<Uint8Array>): AsyncGenerator<Line, void, undefined> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const part of body) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as Line;
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as Line;
}
