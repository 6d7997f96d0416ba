import { setTimeout as sleep } from "node:timers/promises";
import { Unexpected } from "./api-client.ts";

/** Throws Unexpected with `message` unless `condition` holds: each outcome of the journey is asserted, not only printed. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Unexpected(message);
}

export function expectEqual<Value>(actual: Value, wanted: Value, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(wanted)];
  expect(left === right, `${what}: expected ${right?.slice(0, 300)}, got ${left?.slice(0, 300)}`);
}

/** Asks again every 100 ms until `probe` gives a value; throws Unexpected after `seconds`. Errors of the probe count as "not yet" and are told at the end. */
export async function eventually<Value>(what: string, seconds: number, probe: () => Promise<Value | null | undefined>): Promise<Value> {
  const until = performance.now() + seconds * 1000;
  let last = "";
  while (performance.now() < until) {
    try {
      const value = await probe();
      if (value !== null && value !== undefined) return value;
    } catch (error) {
      last = error instanceof Error ? `; last answer: ${error.message}` : "";
    }
    await sleep(100);
  }
  throw new Unexpected(`${what} did not happen within ${seconds} s${last}`);
}
