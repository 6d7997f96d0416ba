import type { Address } from "../model/ids.ts";
import { parseQuantity } from "./block.ts";
import type { Rpc } from "./rpc.ts";

/** Gives out nonces of one account. The chain knows what was used, the outbox what is promised; the next nonce is in neither. */
export type NonceSource = {
  /** The lowest nonce that the chain has not counted and `promised` does not hold. Asks the chain once, then only after `doubt`. */
  next(promised: ReadonlySet<number>): Promise<number>;
  /** A transaction with this nonce was mined. */
  used(nonce: number): void;
  /** Another transaction of this account was seen: the chain has to be asked again. */
  doubt(): void;
};

export function createNonceSource(rpc: Rpc, account: Address, signal: AbortSignal): NonceSource {
  let floor: number | null = null;
  return {
    async next(promised) {
      floor ??= parseQuantity("eth_getTransactionCount", await rpc.call("eth_getTransactionCount", [account, "pending"], signal));
      let nonce = floor;
      while (promised.has(nonce)) nonce++;
      return nonce;
    },
    used(nonce) {
      if (floor !== null) floor = Math.max(floor, nonce + 1);
    },
    doubt() {
      floor = null;
    },
  };
}

/** Transactions of the account that are in blocks: every nonce below is used for good. */
export async function minedCount(rpc: Rpc, account: Address, signal: AbortSignal): Promise<number> {
  return parseQuantity("eth_getTransactionCount", await rpc.call("eth_getTransactionCount", [account, "latest"], signal));
}
