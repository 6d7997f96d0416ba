import type { CounterName, GaugeName, HistogramName, LabelsOf } from "../model/metrics.ts";

/** Numbers about the agent, in the names and units of `model/metrics.ts`. Never throws: measuring must not break what is measured. */
export type Metrics = {
  /** Adds `by` (1 and up). */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  set<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Records one duration in seconds. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
};
