import { fault } from "../node-agent/src/model/fault.ts";

type Answer = { readonly result?: unknown; readonly error?: { readonly code: number; readonly message: string } };

/** One JSON-RPC 2.0 call over HTTP, cut off after `timeoutMs`. Throws NETWORK_NODE_ANSWER with the node's words. */
export async function askNode(url: string, method: string, params: readonly unknown[] = [], timeoutMs = 20_000): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(timeoutMs) }).catch((cause: unknown) => {
    throw fault("NETWORK_NODE_ANSWER", { method, why: "the node does not answer" }, cause);
  });
  const answer = (await response.json().catch(() => ({ error: { code: response.status, message: `HTTP status ${response.status}` } }))) as Answer;
  if (answer.error !== undefined) throw fault("NETWORK_NODE_ANSWER", { method, why: answer.error.message });
  return answer.result;
}
