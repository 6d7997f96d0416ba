/** What a log line may carry beside its event: ids, sizes, counts and codes, never anything that identifies a patient (no DICOM UID, name, Patient ID, free text). */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Structured log. `event` is a short constant sentence ("study registered"), everything variable is a field.
 * debug: for developers; info: one line per thing an operator would count; warn: something was refused or is retried; error: a person must act.
 * A thrown value goes in as `error`: its catalogue code, message and causes are written, nothing else of it.
 */
export type Log = {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields, error?: unknown): void;
  error(event: string, fields?: LogFields, error?: unknown): void;
  /** The same log with these fields on every line. */
  with(fields: LogFields): Log;
};
