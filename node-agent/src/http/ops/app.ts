import type { Express } from "express";
import type { MemberKind } from "../../model/ledger-views.ts";
import type { Readiness } from "../../ports/readiness.ts";
import { type Handler, mount } from "../mount.ts";
import type { RouteKey } from "../policy.ts";
import { beginApp, finishApp, type Observer } from "../server/base-app.ts";

export type OpsParts = {
  readonly kind: MemberKind;
  readonly observer: Observer;
  readonly readiness: Pick<Readiness, "report">;
  /** The Prometheus exposition and its media type. */
  readonly exposition: { readonly contentType: string; text(): Promise<string> };
};

/** The ops app: for the machine's own supervision, on loopback or a cluster-internal address; it asks nobody who they are. */
export function createOpsApp(parts: OpsParts): Express {
  const app = beginApp(parts.observer);
  const handlers: Readonly<Record<RouteKey<"ops">, Handler<null>>> = {
    "GET /livez": ({ response }) => {
      response.set("Cache-Control", "no-store").type("text/plain").send("ok\n");
    },
    "GET /readyz": async ({ response }) => {
      const report = await parts.readiness.report();
      response.set("Cache-Control", "no-store");
      if (!report.ready) response.set("Retry-After", "5");
      response.status(report.ready ? 200 : 503).json(report);
    },
    "GET /metrics": async ({ response }) => {
      response.set("Content-Type", parts.exposition.contentType).end(await parts.exposition.text());
    },
  };
  mount(app, { name: "ops", kind: parts.kind, guard: async () => null }, handlers);
  return finishApp(app, parts.observer);
}
