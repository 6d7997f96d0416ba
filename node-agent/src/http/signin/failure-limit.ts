import { fault } from "../../model/fault.ts";
import type { Clock } from "../../ports/clock.ts";

/** Counts failed sign-ins by (address, name) and by address, so that guessing is slow and nobody can lock another's account out from elsewhere. */
export type FailureLimit = {
  /** Throws HTTP_SIGN_IN_LIMITED when this address, or this name from this address, has failed too often. */
  check(address: string, name: string): void;
  failed(address: string, name: string): void;
  succeeded(address: string, name: string): void;
};

const windowMilliseconds = 300_000;
const mostPerName = 10;
const mostPerAddress = 50;
const mostKeys = 20_000;

export function createFailureLimit(clock: Pick<Clock, "now">): FailureLimit {
  const failures = new Map<string, { count: number; readonly until: number }>();
  const current = (key: string) => {
    const entry = failures.get(key);
    if (entry === undefined || entry.until > clock.now()) return entry;
    failures.delete(key);
    return undefined;
  };
  const add = (key: string) => {
    const entry = current(key);
    if (entry !== undefined) {
      entry.count += 1;
      return;
    }
    const oldest = failures.size >= mostKeys ? failures.keys().next().value : undefined;
    if (oldest !== undefined) failures.delete(oldest);
    failures.set(key, { count: 1, until: clock.now() + windowMilliseconds });
  };
  const byName = (address: string, name: string) => `${address}\n${name}`;
  return {
    check: (address, name) => {
      for (const [key, most] of [[byName(address, name), mostPerName], [address, mostPerAddress]] as const) {
        const entry = current(key);
        if (entry !== undefined && entry.count >= most) {
          throw fault("HTTP_SIGN_IN_LIMITED", { retryAfterSeconds: Math.ceil((entry.until - clock.now()) / 1000) });
        }
      }
    },
    failed: (address, name) => {
      add(byName(address, name));
      add(address);
    },
    succeeded: (address, name) => {
      failures.delete(byName(address, name));
    },
  };
}
