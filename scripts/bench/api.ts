import { setTimeout as sleep } from "node:timers/promises";

/** Where a server is, and the Authorization header it wants. */
export type Server = { readonly url: string; readonly authorization?: string };

/** One JSON exchange. Throws for every answer but 2xx. */
export async function call<Answer>({ url, authorization }: Server, method: "GET" | "POST", path: string, body?: unknown): Promise<Answer> {
  const headers = { ...(authorization === undefined ? {} : { authorization }), ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as Answer;
}

/** Asks again every `everyMs` until `probe` gives a value. Throws after `seconds`. */
export async function until<Value>(what: string, seconds: number, everyMs: number, probe: () => Promise<Value | null>): Promise<Value> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(everyMs)) {
    const value = await probe();
    if (value !== null) return value;
  }
  throw new Error(`${what}: not within ${seconds} s`);
}
