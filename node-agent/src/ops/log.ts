import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";
import type { Log, LogFields } from "../ports/log.ts";
import { describeError } from "./describe-error.ts";
import { scrubUids } from "./scrub.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Field names whose values are never written, whatever a caller thinks. */
const secret = /pass(?:word|phrase)|secret|token|authorization|cookie|private|mnemonic|patient(?:id|name)|birth|accession|^uid$|instanceuid/iu;

/**
 * JSON lines, one per event, written to `to` (standard error unless given; standard output belongs to the ready line and to results).
 * Every line carries `fields`. Field values named like secrets or patient attributes are replaced, DICOM UIDs inside texts too.
 */
export function createLog(options: { readonly level: LogLevel; readonly fields?: LogFields; readonly to?: DestinationStream }): Log {
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: "event",
      formatters: { level: (label) => ({ level: label }) },
    },
    options.to ?? destination({ dest: 2, sync: true }),
  );
  return wrap(logger.child(clean(options.fields ?? {})));
}

function wrap(logger: Logger): Log {
  const line = (level: LogLevel, event: string, fields: LogFields = {}, error?: unknown) =>
    logger[level]({ ...clean(fields), ...(error === undefined ? {} : { error: describeError(error) }) }, event);
  return {
    debug: (event, fields) => line("debug", event, fields),
    info: (event, fields) => line("info", event, fields),
    warn: (event, fields, error) => line("warn", event, fields, error),
    error: (event, fields, error) => line("error", event, fields, error),
    with: (fields) => wrap(logger.child(clean(fields))),
  };
}

function clean(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (secret.test(name)) return [name, "[redacted]"];
      return [name, typeof value === "string" ? scrubUids(value) : value];
    }),
  );
}
