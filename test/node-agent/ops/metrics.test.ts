import test from "ava";
import { type MetricDefinition, metricDefinitions } from "../../../node-agent/src/model/metrics.ts";
import { createMetrics } from "../../../node-agent/src/ops/metrics.ts";

test("every metric is exposed with its help, and what was measured is there", async (t) => {
  const { metrics, text, contentType, close } = createMetrics({ processMetrics: false });
  t.teardown(close);
  metrics.count("fiducial_instances_stored_total", { outcome: "stored" }, 3);
  metrics.set("fiducial_ledger_head_block", {}, 42);
  metrics.observe("fiducial_flow_seconds", { flow: "shareStudy" }, 0.3);
  const page = await text();
  for (const name of Object.keys(metricDefinitions)) t.true(page.includes(`# HELP ${name} `), name);
  t.true(page.includes('fiducial_instances_stored_total{outcome="stored"} 3'));
  t.true(page.includes("fiducial_ledger_head_block 42"));
  t.true(page.includes('fiducial_flow_seconds_bucket{le="0.25",flow="shareStudy"} 0'));
  t.true(page.includes('fiducial_flow_seconds_bucket{le="0.5",flow="shareStudy"} 1'));
  t.regex(contentType, /^text\/plain/u);
});

test("two agents in one process do not count into each other", async (t) => {
  const [one, other] = [createMetrics(), createMetrics()];
  t.teardown(() => {
    one.close();
    other.close();
  });
  one.metrics.count("fiducial_sign_in_failures_total", {});
  t.true((await one.text()).includes("fiducial_sign_in_failures_total 1"));
  t.false((await other.text()).includes("fiducial_sign_in_failures_total 1"));
  t.true((await one.text()).includes("process_resident_memory_bytes"));
});

test("a wrong number is dropped, not thrown", async (t) => {
  const { metrics, text, close } = createMetrics({ processMetrics: false });
  t.teardown(close);
  metrics.count("fiducial_store_bytes_total", {}, -1);
  metrics.set("fiducial_ledger_head_block", {}, Number.NaN);
  metrics.observe("fiducial_store_seconds", {}, Number.NaN);
  t.false((await text()).includes("fiducial_store_bytes_total -1"));
});

test("names carry their unit and kind, labels cannot name a person or a study", (t) => {
  for (const [name, definition] of Object.entries<MetricDefinition>(metricDefinitions)) {
    t.regex(name, /^fiducial_[a-z_]+$/u);
    if (definition.kind === "counter") t.regex(name, /_total$/u);
    if (definition.kind === "histogram") t.regex(name, /_seconds$/u);
    for (const label of definition.labels) t.notRegex(label, /study|patient|uid|request|account|user/u, name);
  }
});
