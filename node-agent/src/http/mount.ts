import type { Express, NextFunction, Request, Response } from "express";
import { fault } from "../model/fault.ts";
import type { MemberKind } from "../model/ledger-views.ts";
import { type AppName, type Method, type PolicyRow, policy, routeKey } from "./policy.ts";

/** What a handler gets: the exchange and who is asking, as the app's guard established it. */
export type Call<Who> = { readonly request: Request; readonly response: Response; readonly who: Who };
export type Handler<Who> = (call: Call<Who>) => Promise<void> | void;
/** Establishes who is asking and whether the row lets them; throws the fault to answer with. */
export type Guard<Who> = (row: PolicyRow, request: Request) => Promise<Who>;

const registrars = {
  GET: (app: Express, path: string, run: (request: Request, response: Response) => Promise<void>) => app.get(path, run),
  POST: (app: Express, path: string, run: (request: Request, response: Response) => Promise<void>) => app.post(path, run),
  DELETE: (app: Express, path: string, run: (request: Request, response: Response) => Promise<void>) => app.delete(path, run),
} as const satisfies Record<Method, unknown>;

/**
 * Registers an app's handlers, one per policy row of that app and kind of agent. Other methods on a known path are 405 with Allow;
 * OPTIONS is 204. Throws HTTP_ROUTE_WITHOUT_POLICY or HTTP_POLICY_WITHOUT_ROUTE when table and handlers differ.
 */
export function mount<Who>(
  app: Express,
  options: { readonly name: AppName; readonly kind: MemberKind; readonly guard: Guard<Who>; readonly rows?: readonly PolicyRow[] },
  handlers: Readonly<Record<string, Handler<Who>>>,
): void {
  const rows = (options.rows ?? policy).filter((row) => row.app === options.name);
  const known = new Set(rows.map(routeKey));
  for (const key of Object.keys(handlers)) if (!known.has(key)) throw fault("HTTP_ROUTE_WITHOUT_POLICY", { route: key });
  const allowed = new Map<string, Method[]>();
  for (const row of rows) {
    const handler = handlers[routeKey(row)];
    if (handler === undefined) throw fault("HTTP_POLICY_WITHOUT_ROUTE", { route: routeKey(row) });
    if (!row.kinds.includes(options.kind)) continue;
    allowed.set(row.path, [...(allowed.get(row.path) ?? []), row.method]);
    registrars[row.method](app, row.path, async (request, response) => {
      response.locals["route"] = routeKey(row);
      await handler({ request, response, who: await options.guard(row, request) });
    });
  }
  for (const [path, methods] of allowed) {
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    app.all(path, (request: Request, response: Response, _next: NextFunction) => {
      response.set("Allow", allow);
      if (request.method !== "OPTIONS") throw fault("HTTP_METHOD_NOT_ALLOWED", { allow });
      response.status(204).end();
    });
  }
}
