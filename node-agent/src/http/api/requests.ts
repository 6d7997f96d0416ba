import { type FlowContext, type HospitalContext, hospitalOf } from "../../flows/context.ts";
import { disputeAccess } from "../../flows/dispute-access.ts";
import { cancelFetch, type HeldBack, heldBack, pauseFetch, resumeFetch } from "../../flows/fetch-control.ts";
import { requestAccess } from "../../flows/request-access.ts";
import { fault } from "../../model/fault.ts";
import type { RequestId } from "../../model/ids.ts";
import type { RequestView } from "../../model/ledger-views.ts";
import type { Principal } from "../../ports/accounts.ts";
import type { Call } from "../mount.ts";
import { jsonBody, parse } from "../server/json-body.ts";
import { heldTo } from "./ownership.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { requestList } from "./schemas/lists.ts";
import { disputeIn, recorded, requestDetail, requestIn, requestParam, requestsQuery } from "./schemas/work.ts";
import { progressOf, requestOf } from "./views.ts";

type Key =
  | "GET /api/requests"
  | "POST /api/requests"
  | "GET /api/requests/:request"
  | "POST /api/requests/:request/dispute"
  | "POST /api/requests/:request/pause"
  | "POST /api/requests/:request/resume"
  | "POST /api/requests/:request/cancel";

/** A request with what this agent did about it; progress and copy are told only for requests of its own. */
function detail(context: FlowContext, view: RequestView) {
  const mine = context.role === "hospital" && view.requester === context.self.member;
  const progress = mine ? context.progress.get(view.study) : null;
  const localState = mine ? (context.catalogue.study(view.study)?.state ?? null) : null;
  const fetch: HeldBack | "automatic" | null = mine ? (heldBack(context).get(view.id) ?? "automatic") : null;
  return { ...requestOf(view), progress: progressOf(progress), localState, fetch };
}

/** What a fetch does after a person has spoken. */
async function steer(given: FlowContext, { request, response }: Call<Principal>, how: (context: HospitalContext, id: RequestId) => Promise<void> | void): Promise<void> {
  const context = hospitalOf(given);
  const { request: id } = parse(requestParam, request.params);
  await how(context, id);
  const view = context.ledgerIndex.request(id);
  if (view === null) throw fault("HTTP_RECORD_UNKNOWN", { what: "request" });
  answer(response, requestDetail, detail(context, view));
}

/** Which requests an account lists: a patient those about its own studies, staff those of this member, an auditor or an observer all. */
function listed(context: FlowContext, who: Principal, query: ReturnType<typeof requestsQuery.parse>): RequestView[] {
  const own = heldTo(context, who);
  if (own?.length === 0) return [];
  const filter = {
    ...(query.study === undefined ? {} : { study: query.study }),
    ...(query.state === undefined ? {} : { states: [query.state] }),
    ...(own === null ? {} : { patients: own }),
    limit: query.limit,
  };
  const { ledgerIndex, self } = context;
  if (query.direction === "made") return ledgerIndex.requests({ ...filter, requester: self.member });
  if (query.direction === "received") return ledgerIndex.requests({ ...filter, custodian: self.member });
  return ledgerIndex.requests(filter);
}

/** Asking for access, and what became of it. */
export function requestHandlers({ context: given }: ApiParts): ApiHandlers<Key> {
  return {
    "GET /api/requests": ({ request, response, who }) => {
      answer(response, requestList, { requests: listed(given, who, parse(requestsQuery, request.query)).map(requestOf) });
    },
    "POST /api/requests": async ({ request, response }) => {
      const { request: id, ...rest } = await jsonBody(request, response, requestIn);
      const view = await requestAccess(hospitalOf(given), { ...rest, ...(id === undefined ? {} : { request: id }) });
      answer(response, requestDetail, detail(given, view), 201);
    },
    "GET /api/requests/:request": ({ request, response, who }) => {
      const view = given.ledgerIndex.request(parse(requestParam, request.params).request);
      if (view === null) throw fault("HTTP_RECORD_UNKNOWN", { what: "request" });
      const own = heldTo(given, who);
      if (own !== null && !own.includes(view.patient)) throw fault("HTTP_FOREIGN_PATIENT", {});
      answer(response, requestDetail, detail(given, view));
    },
    "POST /api/requests/:request/pause": async (call) => await steer(given, call, pauseFetch),
    "POST /api/requests/:request/resume": async (call) => await steer(given, call, resumeFetch),
    "POST /api/requests/:request/cancel": async (call) => await steer(given, call, cancelFetch),
    "POST /api/requests/:request/dispute": async ({ request, response }) => {
      const { reason } = await jsonBody(request, response, disputeIn);
      const { request: id } = parse(requestParam, request.params);
      answer(response, recorded, { receipt: await disputeAccess(hospitalOf(given), { request: id, reason }) }, 201);
    },
  };
}
