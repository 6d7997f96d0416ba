import { Fault } from "../../model/fault.ts";
import { describeError } from "../../ops/describe-error.ts";

/** One line of the doctor's report. `mend` says what to do about anything but ok. */
export type Finding = { readonly check: string; readonly state: "ok" | "warn" | "fail" | "skip"; readonly detail: string; readonly mend: string | null };

export const ok = (check: string, detail: string): Finding => ({ check, state: "ok", detail, mend: null });
export const warn = (check: string, detail: string, mend: string): Finding => ({ check, state: "warn", detail, mend });
export const fail = (check: string, detail: string, mend: string): Finding => ({ check, state: "fail", detail, mend });
/** Not looked at, because something it needs failed. */
export const skip = (check: string, detail: string): Finding => ({ check, state: "skip", detail, mend: null });

/** A failure in the words of the error that showed it. */
export function failure(check: string, error: unknown): Finding {
  if (error instanceof Fault) return fail(check, `${error.message} [${error.code}]`, error.hint);
  const { code, message } = describeError(error);
  return fail(check, code === null ? message : `${message} [${code}]`, "Look into the agent's log around this time.");
}
