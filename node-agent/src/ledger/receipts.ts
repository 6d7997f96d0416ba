import { setTimeout as sleep } from "node:timers/promises";
import { parseQuantity } from "./block.ts";
import type { Rpc } from "./rpc.ts";

export type MinedTransaction = { readonly block: number; readonly succeeded: boolean };

/** Waits for many transactions with one batch of calls per interval. */
export type ReceiptWatcher = {
  /** What became of the transaction, or null when nothing did within `patienceMs`. Rejects with the ledger's faults, or when aborted. */
  wait(hash: string, patienceMs: number): Promise<MinedTransaction | null>;
};

type Waiter = { readonly hash: string; readonly until: number; readonly done: (mined: MinedTransaction | null) => void; readonly fail: (error: unknown) => void };

function minedOf(receipt: unknown): MinedTransaction | null {
  if (receipt === null || receipt === undefined) return null;
  const { blockNumber, status } = receipt as { blockNumber?: unknown; status?: unknown };
  if (blockNumber === null || blockNumber === undefined) return null;
  return { block: parseQuantity("eth_getTransactionReceipt", blockNumber), succeeded: status === "0x1" };
}

/** One receipt, or null. */
export async function fetchReceipt(rpc: Rpc, hash: string, signal: AbortSignal): Promise<MinedTransaction | null> {
  return minedOf(await rpc.call("eth_getTransactionReceipt", [hash], signal));
}

export function createReceiptWatcher(rpc: Rpc, pollMs: number, signal: AbortSignal): ReceiptWatcher {
  let waiters: Waiter[] = [];
  let running = false;

  async function look(): Promise<void> {
    const asked = waiters;
    waiters = [];
    try {
      const receipts = await rpc.callAll(asked.map(({ hash }) => ({ method: "eth_getTransactionReceipt", params: [hash] })), signal);
      const now = performance.now();
      asked.forEach((waiter, i) => {
        const mined = minedOf(receipts[i]);
        if (mined !== null || now >= waiter.until) waiter.done(mined);
        else waiters.push(waiter);
      });
    } catch (error) {
      for (const waiter of asked) waiter.fail(error);
    }
  }

  async function run(): Promise<void> {
    running = true;
    while (waiters.length > 0) {
      await look();
      if (waiters.length > 0) await sleep(pollMs, undefined, { signal }).catch(() => {});
    }
    running = false;
  }

  return {
    wait: (hash, patienceMs) =>
      new Promise((done, fail) => {
        waiters.push({ hash, until: performance.now() + patienceMs, done, fail });
        if (!running) void run();
      }),
  };
}
