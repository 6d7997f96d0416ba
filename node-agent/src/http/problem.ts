import type { Response } from "express";
import { catalogue } from "../model/catalogue.ts";
import { Fault, fault } from "../model/fault.ts";

/** RFC 9457 problem document. `code` and `hint` are extension members. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint: string;
  /** `urn:uuid:` of the request, the same as in the log. */
  readonly instance: string;
};

/** Seconds a client should wait on a 503 whose fault names no time of its own. */
const defaultRetrySeconds = 2;

/** What the framework raises before a handler runs (http-errors): known by status, never quoted. */
function frameworkFault(error: unknown): Fault | null {
  if (!(error instanceof Error)) return null;
  const { status, limit } = error as Error & { readonly status?: unknown; readonly limit?: unknown };
  if (status === 413) return fault("HTTP_BODY_TOO_LARGE", { limit: typeof limit === "number" ? limit : 0 });
  if (status === 415) return fault("HTTP_UNSUPPORTED_MEDIA", { want: "application/json in UTF-8" });
  if (status === 400) return fault("HTTP_BAD_REQUEST", { what: "the address or the body is not well formed" });
  return null;
}

/** The fault that a caller may see: a Fault as it is, a framework error by its status, anything else HTTP_INTERNAL without details. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return frameworkFault(error) ?? fault("HTTP_INTERNAL", {}, error);
}

/** Whether `error` only says that the other end has gone. */
export function isClientGone(error: unknown): boolean {
  if (error instanceof Fault) return error.code === "HTTP_CLIENT_GONE" || error.code === "STOW_CUT";
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === "ECONNRESET" || code === "EPIPE" || code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ERR_STREAM_DESTROYED";
}

/** Seconds for Retry-After, or null where waiting does not help. */
export function retryAfter(error: Fault): number | null {
  const named = (error.details as { readonly retryAfterSeconds?: unknown }).retryAfterSeconds;
  if (typeof named === "number") return Math.max(1, Math.ceil(named));
  return error.status === 503 ? defaultRetrySeconds : null;
}

/** A Fault as a problem document. Faults whose rows are 5xx by nature of the agent (not by policy) keep their code, never their cause. */
export function problemOf(error: Fault, requestId: string): Problem {
  const row = catalogue[error.code];
  return {
    type: `urn:fiducial:error:${error.code}`,
    title: row.title,
    status: row.status,
    detail: error.message,
    code: error.code,
    hint: row.hint,
    instance: `urn:uuid:${requestId}`,
  };
}

/** Answers with the problem, or cuts the connection when part of an answer is out: a reader must see the cut, never a short answer that looks whole. */
export function sendProblem(response: Response, error: Fault, requestId: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) if (name.startsWith("content-") && name !== "content-security-policy") response.removeHeader(name);
  response.removeHeader("etag");
  response.set("Cache-Control", "no-store");
  const seconds = retryAfter(error);
  if (seconds !== null) response.set("Retry-After", String(seconds));
  const problem = problemOf(error, requestId);
  response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}
