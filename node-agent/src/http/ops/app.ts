import type { Express } from "express";
import type { MemberKind } from "../../model/ledger-views.ts";
import { mount } from "../mount.ts";
import type { RouteKey } from "../policy.ts";
import type { Handler } from "../mount.ts";
import { beginApp, finishApp, type Observer } from "../server/base-app.ts";

export type OpsParts = {
  readonly kind: MemberKind;
  readonly observer: Observer;
  /** Why this agent is not ready; empty when it is. Sentences for an operator, without patient data. */
  readonly reasons: () => readonly string[] | Promise<readonly string[]>;
  /** The Prometheus exposition and its content type. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
};

/** The ops app: for the machine's own supervision, on loopback or a cluster-internal address; it asks nobody who they are. */
export function createOpsApp(parts: OpsParts): Express {
  const app = beginApp(parts.observer);
  const handlers: Readonly<Record<RouteKey<"ops">, Handler<null>>> = {
    "GET /livez": ({ response }) => {
      response.set("Cache-Control", "no-store").type("text/plain").send("ok\n");
    },
    "GET /readyz": async ({ response }) => {
      const reasons = await parts.reasons();
      response.set("Cache-Control", "no-store");
      if (reasons.length > 0) response.set("Retry-After", "5");
      response.status(reasons.length === 0 ? 200 : 503).json({ ready: reasons.length === 0, reasons });
    },
    "GET /metrics": async ({ response }) => {
      const { contentType, text } = await parts.metrics();
      response.set("Content-Type", contentType).end(text);
    },
  };
  mount(app, { name: "ops", kind: parts.kind, guard: async () => null }, handlers);
  return finishApp(app, parts.observer);
}
