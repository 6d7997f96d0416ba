import type { FlowContext } from "../../flows/context.ts";
import { fault } from "../../model/fault.ts";
import type { LedgerEvent } from "../../model/ledger-events.ts";
import { ledgerFactKinds } from "./event-kinds.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { HistoryQuery } from "../../ports/ledger-index.ts";
import { parse } from "../server/json-body.ts";
import { write } from "../server/stream-out.ts";
import { demandOwn, heldTo } from "./ownership.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { historyPage, historyQuery } from "./schemas/chain.ts";

type Asked = ReturnType<typeof historyQuery.parse>;
const csvPage = 1000;
const columns = ["block", "logIndex", "timestamp", "time", "kind", "study", "request", "member", "details", "transaction"] as const;

function kindsOf(asked: Asked): LedgerEvent["kind"][] | undefined {
  return asked.kinds?.map((word) => {
    const kind = ledgerFactKinds.find((one) => one === word);
    if (kind === undefined) throw fault("HTTP_BAD_REQUEST", { what: `kinds: the event kinds are ${ledgerFactKinds.join(", ")}` });
    return kind;
  });
}

function beforeOf(asked: Asked): { readonly block: number; readonly logIndex: number } | undefined {
  const [block, logIndex] = asked.before?.split(":").map(Number) ?? [];
  return block === undefined || logIndex === undefined ? undefined : { block, logIndex };
}

function queryFor(context: FlowContext, who: Principal, asked: Asked): HistoryQuery {
  const own = heldTo(context, who);
  if (asked.study !== undefined) demandOwn(context, who, asked.study);
  if (own !== null && asked.account !== undefined && !own.includes(asked.account)) throw fault("HTTP_FOREIGN_PATIENT", {});
  const patients = asked.account !== undefined ? [asked.account] : own;
  const kinds = kindsOf(asked);
  const before = beforeOf(asked);
  return {
    ...(asked.study === undefined ? {} : { study: asked.study }),
    ...(asked.member === undefined ? {} : { member: asked.member }),
    ...(asked.request === undefined ? {} : { request: asked.request }),
    ...(patients === null ? {} : { patients }),
    ...(kinds === undefined ? {} : { kinds }),
    ...(before === undefined ? {} : { before }),
    limit: asked.limit ?? 100,
    ascending: asked.order === "oldest",
  };
}

/** A CSV field (RFC 4180); details are JSON and begin with a brace, so no cell can be taken for a formula. */
const field = (value: string | number): string => (typeof value === "number" ? String(value) : `"${value.replaceAll('"', '""')}"`);

function csvLine(event: LedgerEvent): string {
  const { block, logIndex, timestamp, kind, transaction, ...details } = event;
  const text = (name: string): string | number => {
    const value: unknown = Reflect.get(event, name);
    return typeof value === "string" || typeof value === "number" ? value : "";
  };
  const member = text("member") === "" ? text("requester") : text("member");
  const cells = [block, logIndex, timestamp, new Date(timestamp * 1000).toISOString(), kind, text("study"), text("request"), member, JSON.stringify(details), transaction];
  return `${cells.map(field).join(",")}\r\n`;
}

/** The record of what happened, from the local index. JSON comes in pages; CSV is everything from `before` on, up to `limit` when given. */
export function historyHandlers({ context }: ApiParts): ApiHandlers<"GET /api/history"> {
  return {
    "GET /api/history": async ({ request, response, who }) => {
      const asked = parse(historyQuery, request.query);
      const query = queryFor(context, who, asked);
      const nothing = query.patients?.length === 0;
      if (asked.format === "json") {
        const page = nothing ? { events: [], next: null } : context.ledgerIndex.history(query);
        const next = page.next === null ? null : `${page.next.block}:${page.next.logIndex}`;
        answer(response, historyPage, { events: page.events.map((event) => ({ ...event })), next });
        return;
      }
      response.set({ "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="history.csv"', "Cache-Control": "no-store" });
      await write(response, Buffer.from(`${columns.join(",")}\r\n`));
      let left = asked.limit ?? Number.POSITIVE_INFINITY;
      let before = query.before;
      while (left > 0 && !nothing) {
        const page = context.ledgerIndex.history({ ...query, limit: Math.min(csvPage, left), ...(before === undefined ? {} : { before }) });
        left -= page.events.length;
        await write(response, Buffer.from(page.events.map(csvLine).join("")));
        if (page.next === null) break;
        before = page.next;
      }
      response.end();
    },
  };
}
