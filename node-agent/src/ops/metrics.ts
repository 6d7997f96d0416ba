import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { metricDefinitions } from "../model/metrics.ts";
import type { Metrics } from "../ports/metrics.ts";

/** Seconds: from a cached answer to a large study over a slow line. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export type Exposition = {
  readonly metrics: Metrics;
  /** Prometheus text format and its media type, for `/metrics`. */
  readonly contentType: string;
  text(): Promise<string>;
  /** Stops the observers of the process's own metrics. */
  close(): void;
};

/** Registers every metric of `model/metrics.ts` in a registry of its own, with the process's own metrics (memory, event loop) beside them. */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}): Exposition {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, { kind, help, labels }] of Object.entries(metricDefinitions)) {
    const shape = { name, help, labelNames: [...labels], registers: [registry] };
    if (kind === "counter") counters.set(name, new Counter(shape));
    else if (kind === "gauge") gauges.set(name, new Gauge(shape));
    else histograms.set(name, new Histogram({ ...shape, buckets }));
  }
  if (options.processMetrics !== false) collectDefaultMetrics({ register: registry });
  return {
    metrics: {
      count: (name, labels, by = 1) => quietly(() => counters.get(name)?.inc({ ...labels }, by)),
      set: (name, labels, value) => quietly(() => gauges.get(name)?.set({ ...labels }, value)),
      observe: (name, labels, seconds) => quietly(() => histograms.get(name)?.observe({ ...labels }, seconds)),
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close: () => registry.clear(),
  };
}

/** A wrong number (NaN, a negative count) is dropped: measuring must not break what is measured. */
function quietly(record: () => void): void {
  try {
    record();
  } catch {}
}
