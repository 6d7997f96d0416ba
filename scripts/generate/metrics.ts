import { type MetricDefinition, metricDefinitions } from "../../node-agent/src/model/metrics.ts";
import type { GeneratedFile } from "./generated-file.ts";

/** The reference of the agent's metrics, from their definitions. */
export async function generateMetrics(): Promise<GeneratedFile[]> {
  const rows = Object.entries<MetricDefinition>(metricDefinitions).map(
    ([name, { kind, help, labels }]) => `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ") || "none"} | ${help} |`,
  );
  const text = [
    "# Metrics",
    "",
    "<!-- Generated from node-agent/src/model/metrics.ts by `npm run generate`. -->",
    "",
    "Served in Prometheus text format at `/metrics` of the ops listener, with the process's own metrics (`process_*`, `nodejs_*`) beside them.",
    "Labels take few values and never identify a person or a study. A dashboard for Grafana is in `docs/observability/grafana-agent.json`.",
    "",
    "| name | kind | labels | meaning |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
  return [{ path: "docs/reference/metrics.generated.md", text }];
}
