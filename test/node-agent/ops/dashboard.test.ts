import { readFile } from "node:fs/promises";
import test from "ava";
import { type MetricDefinition, metricDefinitions } from "../../../node-agent/src/model/metrics.ts";
import { createMetrics } from "../../../node-agent/src/ops/metrics.ts";

type Panel = { readonly id: number; readonly title: string; readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }; readonly targets?: readonly { readonly expr: string }[] };
const { panels } = JSON.parse(await readFile("docs/observability/grafana-agent.json", "utf8")) as { readonly panels: readonly Panel[] };
const expressions = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

test("the dashboard asks for nothing that the agent does not expose, and leaves out nothing it does", async (t) => {
  const { text, close } = createMetrics();
  t.teardown(close);
  const exposed = new Set([...(await text()).matchAll(/^# TYPE (\S+) /gmu)].map(([, name]) => name ?? ""));
  const asked = new Set<string>();
  for (const { title, expr } of expressions)
    for (const [name] of expr.matchAll(/\b(?:fiducial|process|nodejs)_[a-z0-9_]+/gu)) {
      const base = exposed.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/u, "");
      t.true(exposed.has(base), `${title}: ${name}`);
      asked.add(base);
    }
  for (const name of Object.keys(metricDefinitions)) t.true(asked.has(name), `no panel shows ${name}`);
});

test("panels group only by labels that the metric has", (t) => {
  for (const [name, { labels }] of Object.entries<MetricDefinition>(metricDefinitions))
    for (const { title, expr } of expressions.filter((one) => one.expr.includes(name)))
      for (const label of (/by \(([^)]*)\)/u.exec(expr)?.[1] ?? "").split(",").map((part) => part.trim()).filter((part) => part !== "" && part !== "le"))
        t.true(labels.includes(label), `${title}: ${name} has no label ${label}`);
});

test("no panel lies on another", (t) => {
  for (const [at, one] of panels.entries())
    for (const other of panels.slice(at + 1)) {
      const [p, q] = [one.gridPos, other.gridPos];
      t.false(p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h, `${one.title} and ${other.title}`);
      t.not(one.id, other.id);
    }
});
