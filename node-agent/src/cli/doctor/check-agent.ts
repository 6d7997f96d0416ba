import { request } from "undici";
import type { Config } from "../../config/schema.ts";
import type { ReadinessReport } from "../../ports/readiness.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** What the running agent itself says, where it runs. */
export async function checkAgent(config: Config): Promise<Finding[]> {
  const host = config.ops.host === "0.0.0.0" ? "127.0.0.1" : config.ops.host === "::" ? "::1" : config.ops.host;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${config.ops.port}/readyz`;
  const notRunning = warn("agent", "it does not run", "fiducial agent run --config FILE");
  try {
    const answer = await request(url, { headersTimeout: 5000, bodyTimeout: 5000 });
    const report = (await answer.body.json()) as Partial<ReadinessReport>;
    if (typeof report.ready !== "boolean") return [fail("agent", `something else answers at ${url}`, "Another program has the ops port: change ops.port.")];
    if (report.ready) return [ok("agent", "runs and is ready")];
    return (report.checks ?? []).filter((check) => !check.ok).map(({ name, reason }) => fail(`agent: ${name}`, reason ?? "not ready", "See the agent's log for what it waits for."));
  } catch {
    return [notRunning];
  }
}
