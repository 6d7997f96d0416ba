/** One named condition of being able to serve: null when it holds, else the reason in one sentence without anything that identifies a patient. */
export type ReadinessCheck = () => string | null | Promise<string | null>;

export type ReadinessReport = {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly reason: string | null }[];
  /** What somebody should see to although the agent serves; one sentence each. */
  readonly notes: readonly string[];
};

/** What `/readyz` answers from. A check that throws or does not answer in time counts as failed, with that as its reason; `report` never throws. */
export type Readiness = {
  /** Adds a condition; a second one under the same name replaces the first. */
  add(name: string, check: ReadinessCheck): void;
  /** Adds something that is told and does not keep the agent from being ready. */
  note(look: () => string | null): void;
  report(): Promise<ReadinessReport>;
};
