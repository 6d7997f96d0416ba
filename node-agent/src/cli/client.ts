import { Agent, type Dispatcher } from "undici";
import { fault } from "../model/fault.ts";

export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly body: Dispatcher.ResponseData["body"] };
export type RequestBody = { readonly type: string; readonly content: string | Buffer | AsyncIterable<Uint8Array> };

/** The agent's clinical listener as the command line uses it. Errors of the agent are CLI_ANSWER with its own code and hint. */
export type Client = {
  readonly url: string;
  /** `path` begins with a slash; `query` leaves out undefined values. */
  get<Value>(path: string, query?: Readonly<Record<string, string | number | undefined>>): Promise<Value>;
  post<Value>(path: string, json: unknown): Promise<Value>;
  delete(path: string): Promise<void>;
  /** An answer with status below 400, its body still to be read. */
  open(method: "GET" | "POST", path: string, accept: string, body?: RequestBody): Promise<Answer>;
  close(): Promise<void>;
};

/** Signs every request in with HTTP Basic (RFC 7617). Throws CLI_AGENT_UNREACHABLE where nothing answers. */
export function createClient(options: { readonly url: string; readonly user: string; readonly password: string; readonly signal: AbortSignal }): Client {
  const base = options.url.replace(/\/+$/u, "");
  const authorization = `Basic ${Buffer.from(`${options.user}:${options.password}`, "utf8").toString("base64")}`;
  // Sealing and registering wait for the chain, a large upload waits for the disk: both may take minutes before the answer begins.
  const agent = new Agent({ headersTimeout: 600_000, bodyTimeout: 120_000, connect: { timeout: 5000 } });

  async function open(method: Dispatcher.HttpMethod, path: string, accept: string, body?: RequestBody): Promise<Answer> {
    const { origin, pathname } = new URL(base);
    const answer = await agent
      .request({
        origin,
        method,
        path: `${pathname === "/" ? "" : pathname}${path}`,
        headers: { authorization, accept, ...(body === undefined ? {} : { "content-type": body.type }) },
        ...(body === undefined ? {} : { body: body.content as string | Buffer }),
        signal: options.signal,
      })
      .catch((error: unknown) => {
        options.signal.throwIfAborted();
        const { code } = error as { readonly code?: unknown };
        throw fault("CLI_AGENT_UNREACHABLE", { url: base, why: typeof code === "string" ? code : "unknown" }, error);
      });
    // STOW-RS tells failures per instance in a DICOM JSON body of a 400 or 409 (PS3.18 section 10.5.3): that is a result.
    const type = String(answer.headers["content-type"] ?? "");
    if (answer.statusCode >= 400 && !type.startsWith("application/dicom+json")) throw await problemIn(base, answer);
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  }

  async function json<Value>(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<Value> {
    const answer = await open(method, path, "application/json", body === undefined ? undefined : { type: "application/json", content: JSON.stringify(body) });
    const text = await answer.body.text();
    try {
      return (text === "" ? null : JSON.parse(text)) as Value;
    } catch (error) {
      throw fault("CLI_BAD_ANSWER", { url: base, what: "the body is not JSON" }, error);
    }
  }

  return {
    url: base,
    get: (path, query = {}) => json("GET", path + search(query)),
    post: (path, body) => json("POST", path, body),
    async delete(path) {
      await json("DELETE", path);
    },
    open,
    close: () => agent.close(),
  };
}

function search(query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

async function problemIn(url: string, answer: Dispatcher.ResponseData): Promise<Error> {
  const text = await answer.body.text().catch(() => "");
  try {
    const { code, detail, hint } = JSON.parse(text) as Readonly<Record<"code" | "detail" | "hint", unknown>>;
    if (typeof code === "string" && typeof detail === "string")
      return fault("CLI_ANSWER", { status: answer.statusCode, code, detail, hint: typeof hint === "string" ? hint : "" });
  } catch {}
  return fault("CLI_BAD_ANSWER", { url, what: `status ${answer.statusCode} without a problem document` });
}
