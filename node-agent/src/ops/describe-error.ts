import { Fault } from "../model/fault.ts";
import { scrubForeign, scrubUids } from "./scrub.ts";

/** What a log may say of a thrown value. */
export type ErrorDescription = {
  /** Catalogue code, or the system's (ENOSPC), or null. */
  readonly code: string | null;
  readonly name: string;
  readonly message: string;
  /** Where it was thrown: stack frames without the message. Left out for faults, whose code says enough. */
  readonly at?: readonly string[];
  readonly cause?: ErrorDescription;
};

const deepest = 5;

/** Code, message and causes of a thrown value, nothing else of it. Messages that are not from the catalogue are scrubbed of what they quote. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { code: null, name: "NotAnError", message: `a ${typeof error} was thrown` };
  const cause = error.cause === undefined || depth >= deepest ? {} : { cause: describeError(error.cause, depth + 1) };
  if (error instanceof Fault) return { code: error.code, name: error.name, message: scrubUids(error.message), ...cause };
  const { code } = error as { readonly code?: unknown };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /u.test(line));
  return {
    code: typeof code === "string" ? code : null,
    name: error.name,
    message: scrubForeign(error.message),
    at: frames.slice(0, 6).map((line) => line.trim()),
    ...cause,
  };
}
