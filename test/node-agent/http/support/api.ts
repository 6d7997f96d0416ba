import type { ExecutionContext } from "ava";
import { z } from "zod";
import { apiDocs } from "../../../../node-agent/src/http/api/docs.ts";
import type { ApiKey } from "../../../../node-agent/src/http/api/parts.ts";
import { problem } from "../../../../node-agent/src/http/api/schemas/problem.ts";

type Door = { readonly url: string; readonly as: (name: string) => string };
export type Ask = { readonly who?: string; readonly params?: Readonly<Record<string, string>>; readonly query?: Readonly<Record<string, string>>; readonly body?: unknown; readonly token?: string };
export type Answer = { readonly status: number; readonly json: Record<string, unknown>; readonly text: string; readonly headers: Headers };

/** Calls a route by its key in the policy table and holds the answer against what the OpenAPI document promises for it. */
export async function call(t: ExecutionContext, door: Door, key: ApiKey, ask: Ask = {}): Promise<Answer> {
  const [method = "GET", pattern = "/"] = key.split(" ");
  const path = pattern.replaceAll(/:(\w+)/gu, (_all, name: string) => encodeURIComponent(ask.params?.[name] ?? ""));
  const query = ask.query === undefined ? "" : `?${new URLSearchParams(ask.query)}`;
  const authorization = ask.token !== undefined ? `Bearer ${ask.token}` : ask.who === undefined ? door.as("clinician") : ask.who === "" ? null : door.as(ask.who);
  const response = await fetch(`${door.url}${path}${query}`, {
    method,
    headers: { ...(authorization === null ? {} : { authorization }), ...(ask.body === undefined ? {} : { "content-type": "application/json" }) },
    ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/u.test(response.headers.get("content-type") ?? "");
  const json = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
  const doc = apiDocs[key];
  const schema = response.ok ? doc.result : problem;
  if (response.ok) t.is(response.status, doc.status, key);
  if (isJson && schema !== null) {
    // What goes out is the schema's input side: the same that the document shows.
    const checked = z.safeParse(schema, json);
    t.true(checked.success, `${key}: ${checked.error?.message ?? ""}`);
  }
  return { status: response.status, json, text, headers: response.headers };
}
