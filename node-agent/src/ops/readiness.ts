import type { Readiness, ReadinessCheck, ReadinessReport } from "../ports/readiness.ts";
import { describeError } from "./describe-error.ts";

/** An empty registry of readiness checks; a check is given `timeoutMs` to answer. Until the first check is added nothing is ready. */
export function createReadiness(options: { readonly timeoutMs?: number } = {}): Readiness {
  const timeoutMs = options.timeoutMs ?? 2000;
  const checks = new Map<string, ReadinessCheck>();
  const looks: (() => string | null)[] = [];
  return {
    add(name, check) {
      checks.set(name, check);
    },
    note(look) {
      looks.push(look);
    },
    async report(): Promise<ReadinessReport> {
      if (checks.size === 0) return { ready: false, checks: [{ name: "start", ok: false, reason: "the agent is starting" }], notes: [] };
      const results = await Promise.all(
        Array.from(checks, async ([name, check]) => {
          const reason = await outcome(check, timeoutMs);
          return { name, ok: reason === null, reason };
        }),
      );
      return { ready: results.every(({ ok }) => ok), checks: results, notes: looks.map((look) => look()).filter((note) => note !== null) };
    },
  };
}

async function outcome(check: ReadinessCheck, timeoutMs: number): Promise<string | null> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
  try {
    return await Promise.race([Promise.resolve().then(check), late.promise]);
  } catch (error) {
    return describeError(error).message;
  } finally {
    clearTimeout(timer);
  }
}
