import type { Dispatcher } from "undici";
import { Fault, fault } from "../model/fault.ts";
import type { MemberId } from "../model/ids.ts";
import type { MemberProfile } from "../model/ledger-views.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connections } from "./connections.ts";

export type Question = {
  readonly method: "GET" | "HEAD" | "POST" | "DELETE";
  /** Path below the member's endpoint, with query. */
  readonly path: string;
  readonly accept?: string;
  readonly json?: unknown;
  readonly signal?: AbortSignal;
  /** Milliseconds the peer may take until its answer begins, where the usual time is too short. */
  readonly headersMs?: number;
};

export type Answer = { readonly status: number; readonly contentType: string; readonly body: Dispatcher.ResponseData["body"]; readonly profile: MemberProfile };

/** Conditions under which the same question may be asked again at once: no answer had begun, and every question here is safe to repeat. */
const passing = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN", "UND_ERR_SOCKET", "UND_ERR_CONNECT_TIMEOUT"]);
const pausesMs = [150, 600];

/**
 * Asks a member one question over its pinned connections and gives the answer as soon as its head is here, whatever its status.
 * Tried again (two times at most) only for the named conditions. Throws PEER_UNKNOWN_MEMBER, PEER_UNREGISTERED_CERTIFICATE, PEER_UNREACHABLE; the signal's reason when aborted.
 */
export async function ask(connections: Connections, clock: Clock, member: MemberId, question: Question): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(connections, member, question);
    } catch (error) {
      question.signal?.throwIfAborted();
      if (error instanceof Fault) throw error;
      const pause = pausesMs[attempt];
      if (pause === undefined || !passing.has(codeOf(error))) throw unreachable(member, error);
      await clock.sleep(pause, question.signal);
    }
  }
}

async function once(connections: Connections, member: MemberId, question: Question): Promise<Answer> {
  const { pool, profile, basePath } = connections.to(member);
  const { statusCode, headers, body } = await pool.request({
    method: question.method,
    path: `${basePath}${question.path}`,
    headers: {
      ...(question.accept === undefined ? {} : { accept: question.accept }),
      ...(question.json === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(question.json === undefined ? {} : { body: JSON.stringify(question.json) }),
    ...(question.signal === undefined ? {} : { signal: question.signal }),
    ...(question.headersMs === undefined ? {} : { headersTimeout: question.headersMs }),
  });
  const type = headers["content-type"];
  return { status: statusCode, contentType: (typeof type === "string" ? type : "").split(";")[0]?.trim().toLowerCase() ?? "", body, profile };
}

/** The system's or undici's code of an error, as short text for a person; "unknown" when it has none. */
export const codeOf = (error: unknown): string => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "unknown";
};

/** PEER_UNREACHABLE for whatever ended a connection; a fault raised by our own checks stays what it is. */
export const unreachable = (member: MemberId, error: unknown): Fault => (error instanceof Fault ? error : fault("PEER_UNREACHABLE", { member, why: codeOf(error) }, error));
