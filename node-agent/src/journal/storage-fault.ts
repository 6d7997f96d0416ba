import { Fault, fault } from "../model/fault.ts";

const busy = 5;
const corrupt = 11;
const full = 13;
const notADatabase = 26;

/** The journal's words for an error of node:sqlite (primary result codes: https://sqlite.org/rescode.html). */
function storageFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const why = error instanceof Error ? error.message : "unknown reason";
  const code = error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : 0;
  if (code === corrupt || code === notADatabase) return fault("JOURNAL_DAMAGED", { why }, error);
  if (code === busy) return fault("DATABASE_IN_USE", { what: "journal" }, error);
  if (code === full) return fault("DATABASE_FULL", { what: "journal" }, error);
  return fault("DATABASE_UNUSABLE", { what: "journal", why }, error);
}

/** Runs work on the file; whatever it throws becomes JOURNAL_DAMAGED, DATABASE_IN_USE, DATABASE_FULL or DATABASE_UNUSABLE. */
export function storing<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw storageFault(error);
  }
}
