import { fault } from "../model/fault.ts";
import type { BlockRef } from "../ports/ledger.ts";

/**
 * Throws LEDGER_STALE when the newest block is older than `limitSeconds` by this machine's clock (`nowMs`): the chain stands still, the
 * node is cut off, or the clock is wrong; in each case what the node says about consents can not be relied on.
 */
export function requireFresh(head: BlockRef, nowMs: number, limitSeconds: number): void {
  const ageSeconds = Math.floor(nowMs / 1000) - head.timestamp;
  if (ageSeconds > limitSeconds) throw fault("LEDGER_STALE", { head: head.number, ageSeconds, limitSeconds });
}
