import { fault } from "../model/fault.ts";
import type { Address } from "../model/ids.ts";
import { parseQuantity, quantityOf } from "./block.ts";
import { createGasBook } from "./gas-book.ts";
import { createGatherer } from "./gather.ts";
import { createRevertNamer, isRevert, revertData } from "./revert.ts";
import type { Rpc } from "./rpc.ts";

export type PlannedCall = { readonly kind: string; readonly to: Address; readonly data: `0x${string}` };

export type Preflight = {
  /** Gas to allow for the call. Throws LEDGER_REVERTED when the contract would refuse it as things stand: no nonce is spent to learn that; LEDGER_NO_CONTRACT as below. */
  gasFor(call: PlannedCall): Promise<number>;
  /**
   * Throws LEDGER_NO_CONTRACT when the node knows no code at the call's address. On such a chain (another one behind the same address) the call would be
   * mined without effect, and taken for done.
   */
  demandContract(call: PlannedCall): Promise<void>;
  /** Name of the contract's error behind a transaction that was mined and reverted in `block`. */
  revertName(call: PlannedCall, block: number): Promise<string>;
};

/** Besu's cap on one transaction's gas (EIP-7825). */
const gasCap = 16_777_216;

export function createPreflight(rpc: Rpc, operator: Address, signal: AbortSignal): Preflight {
  const nameRevert = createRevertNamer();
  const book = createGasBook();
  const ask = createGatherer(rpc, signal);
  const learning = new Map<string, Promise<void>>();
  const transaction = ({ to, data }: PlannedCall) => ({ from: operator, to, data, gasPrice: "0x0" });

  const codeAt = (call: PlannedCall) => ({ method: "eth_getCode", params: [call.to, "latest"] });
  const judge = (call: PlannedCall, code: unknown): void => {
    if (code === "0x") throw fault("LEDGER_NO_CONTRACT", { contract: `the contract of ${call.kind}`, address: call.to });
  };

  // Gas costs nothing here, but what a call needs can grow between now and the block (a first write of the day, a longer list).
  const allowed = (needed: number): number => Math.min(gasCap, Math.ceil(needed * 1.25) + 60_000);

  /** Whether the call goes through with this gas. "No" may also be for want of it, deep inside; only an estimate tells. */
  async function goesThrough(call: PlannedCall, gas: number): Promise<boolean> {
    const [code, reply] = await ask([codeAt(call), { method: "eth_call", params: [{ ...transaction(call), gas: quantityOf(gas) }, "latest"] }]);
    if (code !== undefined && "result" in code) judge(call, code.result);
    return reply !== undefined && "result" in reply;
  }

  async function estimate(call: PlannedCall): Promise<number> {
    const [code, reply] = await ask([codeAt(call), { method: "eth_estimateGas", params: [transaction(call)] }]);
    if (code === undefined || reply === undefined) throw fault("LEDGER_BAD_ANSWER", { method: "eth_estimateGas", reason: "no answer" });
    if ("result" in code) judge(call, code.result);
    if ("result" in reply) {
      const needed = parseQuantity("eth_estimateGas", reply.result);
      book.learn(call, needed);
      return needed;
    }
    const { error } = reply;
    if (isRevert(error)) throw fault("LEDGER_REVERTED", { error: nameRevert(revertData(error.data)), intent: call.kind });
    throw fault("LEDGER_RPC_ERROR", { method: "eth_estimateGas", rpcCode: error.code, reason: error.message });
  }

  /** The first of its kind: it is estimated, while others of the kind wait for what it teaches. */
  async function first(call: PlannedCall): Promise<number> {
    const entry = book.entryOf(call);
    const estimated = estimate(call);
    const over = estimated.then(
      () => {},
      () => {},
    );
    learning.set(entry, over);
    try {
      return await estimated;
    } finally {
      if (learning.get(entry) === over) learning.delete(entry);
    }
  }

  return {
    async gasFor(call) {
      if (book.guess(call) === null) {
        const other = learning.get(book.entryOf(call));
        if (other === undefined) return allowed(await first(call));
        await other;
        signal.throwIfAborted();
      }
      const guess = book.guess(call);
      if (guess !== null && guess <= gasCap && (await goesThrough(call, guess))) return allowed(guess);
      return allowed(await estimate(call));
    },
    async demandContract(call) {
      const { method, params } = codeAt(call);
      judge(call, await rpc.call(method, params, signal));
    },
    async revertName(call, block) {
      // The state the transaction met is between that of its parent and that of its own block; one of the two usually tells.
      for (const at of [block - 1, block]) {
        const reply = await rpc.ask("eth_call", [transaction(call), quantityOf(at)], signal);
        if ("error" in reply && isRevert(reply.error)) return nameRevert(revertData(reply.error.data));
      }
      return "NoReason";
    },
  };
}
