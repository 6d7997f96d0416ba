import type { Rpc } from "./sender.ts";

type Answer = { readonly result?: unknown; readonly error?: { readonly message: string } };

/** A JSON-RPC 2.0 client over HTTP for deployments: one call at a time, each cut off after `timeoutMs`. Throws what the node answers as its error. */
export function httpRpc(url: string, timeoutMs = 20_000): Rpc {
  let id = 0;
  return {
    async request({ method, params = [] }) {
      id += 1;
      const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body, signal });
      if (!response.ok) throw new Error(`HTTP status ${response.status}`);
      const answer = (await response.json()) as Answer;
      if (answer.error !== undefined) throw new Error(answer.error.message);
      return answer.result;
    },
  };
}
