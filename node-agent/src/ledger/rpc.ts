import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { fault } from "../model/fault.ts";

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] };
/** What a node said: a result, or an error of its own with the data it attached (a contract's revert, for instance). */
export type RpcReply = { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string; readonly data: unknown } };

export type RpcOptions = {
  /** http or https URL of the node. There is no default: a library's default endpoint would be somebody else's node. */
  readonly endpoint: string;
  /** Milliseconds one attempt may take. */
  readonly timeoutMs: number;
  /** Further attempts after a failed connection, a timeout or HTTP 429/5xx. Every method used is safe to repeat. */
  readonly retries: number;
};

/** JSON-RPC 2.0 over HTTP. All methods throw LEDGER_UNREACHABLE when the node gives no answer, LEDGER_BAD_ANSWER when what it gives is none. */
export type Rpc = {
  /** The result. Throws LEDGER_RPC_ERROR when the node answers with an error. */
  call(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown>;
  /** The node's reply, errors included. */
  ask(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<RpcReply>;
  /** Replies in the order of the calls, sent in batches of at most 200. */
  askAll(calls: readonly RpcCall[], signal?: AbortSignal): Promise<RpcReply[]>;
  /** As askAll, but gives results and throws LEDGER_RPC_ERROR for the first error. */
  callAll(calls: readonly RpcCall[], signal?: AbortSignal): Promise<unknown[]>;
  close(): Promise<void>;
};

const batchSize = 200;
const answerLimit = 256 << 20;

/** The node's words, short and without control characters: they end up in logs. */
const plain = (text: unknown): string => String(text).replace(/[^\x20-\x7e]/gu, " ").slice(0, 300);

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return plain(code ?? message ?? error);
}

function replyOf(method: string, value: unknown): RpcReply {
  const { result, error } = value as { result?: unknown; error?: unknown };
  if (error !== undefined && error !== null) {
    const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
    return { error: { code: Number(code ?? 0), message: plain(message ?? "no message"), data } };
  }
  if (result === undefined) throw fault("LEDGER_BAD_ANSWER", { method, reason: "neither result nor error" });
  return { result };
}

/** Matches answers to calls by id; a missing, doubled or foreign id makes the whole answer worthless. */
function matched(calls: readonly RpcCall[], first: number, answer: unknown): RpcReply[] {
  const method = calls[0]?.method ?? "";
  const list = Array.isArray(answer) ? answer : [answer];
  const byId = new Map<unknown, unknown>();
  for (const value of list) {
    const id = typeof value === "object" && value !== null ? (value as { id?: unknown }).id : undefined;
    if (byId.has(id)) throw fault("LEDGER_BAD_ANSWER", { method, reason: "one call was answered twice" });
    byId.set(id, value);
  }
  if (list.length !== calls.length) throw fault("LEDGER_BAD_ANSWER", { method, reason: `${list.length} answers to ${calls.length} calls` });
  return calls.map((call, i) => {
    const value = byId.get(first + i);
    if (value === undefined) throw fault("LEDGER_BAD_ANSWER", { method: call.method, reason: "the answer belongs to another call" });
    return replyOf(call.method, value);
  });
}

/**
 * Besu answers so when the state of its newest block changes under a call (seen around changes of the validators and on busy machines), the second, which is meant
 * for a node that does not have that state yet, for any trouble in reading the sender's account. Asked again it answers.
 */
const stumbles: readonly { readonly code: number; readonly message: string }[] = [
  { code: -32603, message: "Internal error" },
  { code: -32008, message: "Initial sync is still in progress" },
];
const stumbled = (reply: RpcReply): boolean => "error" in reply && stumbles.some(({ code, message }) => reply.error.code === code && reply.error.message === message);

const retried: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Opens a client; nothing is sent before the first call. Throws TypeError when `endpoint` is no http(s) URL. */
export function createRpc(options: RpcOptions): Rpc {
  const endpoint = new URL(options.endpoint);
  if (endpoint.protocol !== "http:" && endpoint.protocol !== "https:") throw new TypeError("the chain endpoint must be an http or https URL");
  const { timeoutMs } = options;
  const dispatcher = new Agent({ connections: 16, connect: { timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: answerLimit });
  const closing = new AbortController();
  let lastId = 0;

  async function post(method: string, body: string, signal: AbortSignal): Promise<{ retry: string } | { answer: unknown }> {
    const response = await request(endpoint, { dispatcher, method: "POST", headers: { "content-type": "application/json" }, body, signal });
    const text = await response.body.text();
    if (retried.has(response.statusCode)) return { retry: `HTTP ${response.statusCode}` };
    try {
      return { answer: JSON.parse(text) as unknown };
    } catch (error) {
      throw fault("LEDGER_BAD_ANSWER", { method, reason: `HTTP ${response.statusCode}, not JSON` }, error);
    }
  }

  async function exchange(method: string, body: string, signal: AbortSignal | undefined): Promise<unknown> {
    let reason = "";
    let cause: unknown;
    for (let attempt = 0; attempt <= options.retries; attempt++) {
      signal?.throwIfAborted();
      if (attempt > 0) await sleep(50 * 2 ** attempt * (0.5 + Math.random()), undefined, { signal: signal ?? closing.signal });
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const outcome = await post(method, body, AbortSignal.any([limit, closing.signal, ...(signal === undefined ? [] : [signal])]));
        if ("answer" in outcome) return outcome.answer;
        reason = outcome.retry;
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof Error && error.name === "Fault") throw error;
        reason = limit.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error);
        cause = error;
        if (closing.signal.aborted) break;
      }
    }
    throw fault("LEDGER_UNREACHABLE", { method, reason }, cause);
  }

  async function sendOnce(calls: readonly RpcCall[], signal: AbortSignal | undefined): Promise<RpcReply[]> {
    const first = lastId + 1;
    lastId += calls.length;
    const requests = calls.map(({ method, params }, i) => ({ jsonrpc: "2.0", id: first + i, method, params }));
    const answer = await exchange(calls[0]?.method ?? "", JSON.stringify(requests.length === 1 ? requests[0] : requests), signal);
    return matched(calls, first, answer);
  }

  /** Calls that the node stumbled over are made again, and those alone. */
  async function send(calls: readonly RpcCall[], signal: AbortSignal | undefined): Promise<RpcReply[]> {
    const replies = await sendOnce(calls, signal);
    for (let again = 1; again <= 2 * options.retries; again++) {
      const open = replies.flatMap((reply, at) => (stumbled(reply) ? [at] : []));
      if (open.length === 0) break;
      await sleep(100 * 2 ** again, undefined, { signal: signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]) });
      const fresh = await sendOnce(open.flatMap((at) => calls[at] ?? []), signal);
      for (const [place, at] of open.entries()) replies[at] = fresh[place] ?? replies[at] ?? { result: null };
    }
    return replies;
  }

  const resultOf = (method: string, reply: RpcReply | undefined): unknown => {
    if (reply === undefined) throw fault("LEDGER_BAD_ANSWER", { method, reason: "no answer" });
    if ("error" in reply) throw fault("LEDGER_RPC_ERROR", { method, rpcCode: reply.error.code, reason: reply.error.message });
    return reply.result;
  };

  const rpc: Rpc = {
    async ask(method, params, signal) {
      const [reply] = await send([{ method, params }], signal);
      if (reply === undefined) throw fault("LEDGER_BAD_ANSWER", { method, reason: "no answer" });
      return reply;
    },
    async call(method, params, signal) {
      return resultOf(method, await rpc.ask(method, params, signal));
    },
    async askAll(calls, signal) {
      const replies: RpcReply[] = [];
      for (let at = 0; at < calls.length; at += batchSize) replies.push(...(await send(calls.slice(at, at + batchSize), signal)));
      return replies;
    },
    async callAll(calls, signal) {
      const replies = await rpc.askAll(calls, signal);
      return calls.map((call, i) => resultOf(call.method, replies[i]));
    },
    async close() {
      closing.abort();
      await dispatcher.destroy();
    },
  };
  return rpc;
}
