import type { LedgerWriter } from "../ports/ledger.ts";
import type { LedgerWatch } from "./ledger-watch.ts";

/** The same writer, refusing everything new once the watch has raised an alarm: nothing is written on top of a history that is in doubt. */
export function guardedWriter(writer: LedgerWriter, watch: LedgerWatch): LedgerWriter {
  return {
    operator: writer.operator,
    submit: async (key, intent, signal) => {
      const { phase, error } = watch.view();
      if (phase === "alarm" && error !== null) throw error;
      return await writer.submit(key, intent, signal);
    },
    resume: (signal) => writer.resume(signal),
    pending: () => writer.pending(),
    close: () => writer.close(),
  };
}
