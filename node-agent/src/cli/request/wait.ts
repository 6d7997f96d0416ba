import { setTimeout as sleep } from "node:timers/promises";
import { fault } from "../../model/fault.ts";
import type { RequestDetail } from "../api.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { progressText } from "./progress-text.ts";
import { fields, moment } from "../text.ts";

const pollMs = 400;

/** A line that is redrawn in place while a person watches. */
function tell(context: Context, text: string): void {
  const { err } = context.io;
  if (!err.terminal || context.json) context.note(text);
  else err.write(`\r\u001b[2K${text.slice(0, Math.max(20, err.columns - 1))}`);
}

/** Whether nothing more will happen to the request, or the copy is here. */
const settled = (request: RequestDetail) => request.localState === "held" || ["denied", "acknowledged", "disputed", "expired"].includes(request.state);

/**
 * Asks again until the request is settled. Throws CLI_DENIED when the contract refused it, CLI_STILL_WAITING after `seconds`.
 * What is happening is told on standard error.
 */
export async function waitForRequest(context: Context, client: Client, id: string, seconds: number): Promise<RequestDetail> {
  const until = performance.now() + seconds * 1000;
  let told = "";
  for (;;) {
    const request = await client.get<RequestDetail>(`/api/requests/${id}`);
    const { progress } = request;
    const now = progress === null ? request.state : `${request.state}, ${progressText(progress)}`;
    if (now !== told) tell(context, now);
    told = now;
    if (request.state === "denied") throw fault("CLI_DENIED", { request: id, reason: request.reason });
    if (settled(request)) {
      if (context.io.err.terminal && !context.json) context.io.err.write("\n");
      return request;
    }
    if (performance.now() > until) throw fault("CLI_STILL_WAITING", { what: `the request is ${now}`, seconds });
    await sleep(pollMs, undefined, { signal: context.signal });
  }
}

/** A request for people. */
export const requestText = (request: RequestDetail): string =>
  fields({
    request: request.id,
    study: request.study,
    state: request.state === "denied" ? `denied (${request.reason})` : request.state,
    purpose: request.purpose,
    requester: request.requester,
    custodian: request.custodian,
    asked: moment(request.requestedAt),
    emergency: request.emergency ? `yes, review ${request.review}` : null,
    copy: request.localState,
    progress: request.progress === null ? null : progressText(request.progress),
    fetch: request.fetch === "automatic" ? null : request.fetch,
  });
