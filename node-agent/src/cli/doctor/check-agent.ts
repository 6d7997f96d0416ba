import { request } from "undici";
import type { Config } from "../../config/schema.ts";
import type { ReadinessReport } from "../../ports/readiness.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** What the running agent itself says, where it runs. */
export async function checkAgent(config: Config): Promise<Finding[]> {
  const host = config.ops.host === "0.0.0.0" ? "127.0.0.1" : config.ops.host === "::" ? "::1" : config.ops.host;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${config.ops.port}/readyz`;
  let text: string;
  try {
    text = await (await request(url, { headersTimeout: 5000, bodyTimeout: 5000 })).body.text();
  } catch {
    return [warn("agent", "it does not run", "fiducial agent run --config FILE")];
  }
  const report = reportIn(text);
  if (report === null) return [fail("agent", `something else answers at ${url}`, "Another program has the ops port: change ops.port.")];
  if (report.ready) return [ok("agent", "runs and is ready"), ...report.notes.map((note) => warn("agent", note, "Nothing is lost; see to it soon."))];
  return report.checks.filter((check) => !check.ok).map(({ name, reason }) => fail(`agent: ${name}`, reason ?? "not ready", "See the agent's log for what it waits for."));
}

function reportIn(text: string): ReadinessReport | null {
  try {
    const value = JSON.parse(text) as Partial<ReadinessReport>;
    return typeof value.ready === "boolean" && Array.isArray(value.checks) ? { ready: value.ready, checks: value.checks, notes: value.notes ?? [] } : null;
  } catch {
    return null;
  }
}
