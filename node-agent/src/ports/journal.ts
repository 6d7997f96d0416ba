/**
 * Progress of flows, durable. A flow is named by (flow, key); its steps run in order, each recorded after its effect with the
 * values later steps need. After a crash the flow runs again from its first unrecorded step, so every step must be safe to repeat.
 */
export type Journal = {
  /** Opens (or finds) a run of a flow with its input. Input and values are JSON and hold nothing that identifies a patient. */
  open(flow: string, key: string, input: unknown): JournalRun;
  /** Runs not closed, oldest first: what a restarted agent has to take up again. */
  unfinished(): JournalEntry[];
  close(): void;
};

export type JournalEntry = { readonly flow: string; readonly key: string; readonly input: unknown; readonly steps: readonly string[]; readonly openedAt: number };

export type JournalRun = {
  /** Runs `work` unless this step is recorded, then records its value; returns the recorded value either way. */
  step<Value>(name: string, work: () => Promise<Value>): Promise<Value>;
  /** Marks the run as done (kept for the record for a while) or as failed for good with the error's code. */
  done(): void;
  failed(code: string): void;
};
