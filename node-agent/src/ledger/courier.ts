import { setTimeout as sleep } from "node:timers/promises";
import { Fault, fault } from "../model/fault.ts";
import { broadcast } from "./broadcast.ts";
import { createNonceSource, minedCount } from "./nonces.ts";
import type { OutboxRow, OutboxStore } from "./outbox-store.ts";
import { createPreflight } from "./preflight.ts";
import { createReceiptWatcher, fetchReceipt, type MinedTransaction } from "./receipts.ts";
import { createRoom } from "./room.ts";
import type { Rpc } from "./rpc.ts";
import type { Signer } from "./sign.ts";

export type CourierStep = "recorded" | "signed" | "sent" | "mined" | "finished" | "resigned";

export type CourierOptions = {
  readonly rpc: Rpc;
  readonly store: OutboxStore;
  readonly signer: Signer;
  readonly pollMs: number;
  /** Signed transactions under way at once; Besu keeps some 600 per sender. */
  readonly window: number;
  /** Told how many may be under way, whenever that changes. */
  readonly onRoom?: (room: number) => void;
  /** Milliseconds without a receipt after which the same bytes are sent again. */
  readonly resendMs: number;
  readonly signal: AbortSignal;
  /** Told after each step is durable or done; for logs and metrics. */
  readonly onStep: (step: CourierStep, key: string) => void;
  /** Told when an intent can not go on for now; it is tried again by itself. */
  readonly onTrouble: (trouble: Fault, key: string) => void;
};

export type Courier = {
  /** Carries a kept intent to its end, from whatever state it is in. Resolves when its row is final, or gone because the contract would refuse it: then
   * rejects with LEDGER_REVERTED. Otherwise rejects only when aborted. */
  carry(key: string): Promise<void>;
};

const firstPauseMs = 100;
const longestPauseMs = 5000;

export function createCourier({ rpc, store, signer, pollMs, window, resendMs, signal, onStep, onTrouble, onRoom }: CourierOptions): Courier {
  const nonces = createNonceSource(rpc, signer.address, signal);
  const receipts = createReceiptWatcher(rpc, pollMs, signal);
  const preflight = createPreflight(rpc, signer.address, signal);
  const room = createRoom(window, onRoom);
  let signing: Promise<unknown> = Promise.resolve();

  /** One at a time: a nonce is chosen, used to sign and kept before the next is chosen. */
  function sign(row: OutboxRow, gas: number): Promise<void> {
    const run = signing.then(async () => {
      while (store.nonces().size >= room.present()) await sleep(pollMs, undefined, { signal });
      const nonce = await nonces.next(store.nonces());
      signal.throwIfAborted();
      store.sign(row.key, { nonce, ...signer.sign({ nonce, gas, to: row.to, data: row.data }) });
      onStep("signed", row.key);
    });
    signing = run.catch(() => {});
    return run;
  }

  async function prepare(row: OutboxRow): Promise<void> {
    let gas: number;
    try {
      gas = await preflight.gasFor(row);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Fault && error.code === "LEDGER_REVERTED") store.forget(row.key);
      throw error;
    }
    await sign(row, gas);
  }

  async function settle(row: OutboxRow, mined: MinedTransaction): Promise<void> {
    onStep("mined", row.key);
    const error = mined.succeeded ? null : await preflight.revertName(row, mined.block);
    signal.throwIfAborted();
    store.finish(row.key, { state: mined.succeeded ? "mined" : "reverted", block: mined.block, error });
    nonces.used(row.nonce ?? 0);
    room.mined();
    onStep("finished", row.key);
  }

  /**
   * Our nonce is in a block. When the receipt, asked for after that was known, is not ours, another transaction of this account has the nonce
   * (a second agent with this key) and our bytes can never be mined: only then may the intent be signed anew.
   */
  async function resolveUsed(row: OutboxRow, hash: string): Promise<void> {
    const count = await minedCount(rpc, signer.address, signal);
    const mined = await fetchReceipt(rpc, hash, signal);
    if (mined !== null) return settle(row, mined);
    if (count <= (row.nonce ?? 0)) return;
    signal.throwIfAborted();
    store.unsign(row.key);
    nonces.doubt();
    onStep("resigned", row.key);
  }

  /** Nonces below ours that nobody holds would keep ours waiting for ever: they are filled with transactions without effect. */
  async function fillGap(row: OutboxRow): Promise<void> {
    const count = await minedCount(rpc, signer.address, signal);
    const promised = store.nonces();
    for (let nonce = count; nonce < (row.nonce ?? 0); nonce++) {
      if (!promised.has(nonce)) await broadcast(rpc, signer.sign({ nonce, gas: 30_000, to: signer.address, data: "0x" }).raw, signal);
    }
  }

  /** The pool holds as many of ours as it takes: fewer are kept under way from now on, and this one is offered again soon. */
  async function tooFar(row: OutboxRow): Promise<void> {
    room.refused((row.nonce ?? 0) - (await minedCount(rpc, signer.address, signal)));
    await fillGap(row);
    await sleep(4 * pollMs, undefined, { signal });
  }

  async function deliver(row: OutboxRow, raw: string, hash: string): Promise<void> {
    const outcome = await broadcast(rpc, raw, signal);
    if (outcome.kind === "used") return resolveUsed(row, hash);
    if (outcome.kind === "unauthorized") throw fault("LEDGER_SENDER_REFUSED", { account: signer.address });
    if (outcome.kind === "priced") throw fault("LEDGER_GAS_NOT_FREE", { reason: outcome.reason });
    if (outcome.kind === "far") return tooFar(row);
    if (outcome.kind === "refused") throw fault("LEDGER_RPC_ERROR", { method: "eth_sendRawTransaction", rpcCode: outcome.code, reason: outcome.reason });
    if (outcome.kind === "sent") onStep("sent", row.key);
    const mined = await receipts.wait(hash, resendMs);
    if (mined !== null) return settle(row, mined);
    await fillGap(row);
  }

  return {
    async carry(key) {
      let pause = firstPauseMs;
      let prepared = false;
      for (;;) {
        signal.throwIfAborted();
        const row = store.find(key);
        if (row === null || row.state === "mined" || row.state === "reverted") return;
        try {
          if (row.state === "recorded" || row.raw === null || row.hash === null) {
            await prepare(row);
            prepared = true;
          } else {
            // Bytes signed in an earlier life or before trouble: the node may be another by now.
            if (!prepared) await preflight.demandContract(row);
            prepared = false;
            await deliver(row, row.raw, row.hash);
          }
          pause = firstPauseMs;
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof Fault) || error.code === "LEDGER_REVERTED") throw error;
          onTrouble(error, key);
          await sleep(pause * (0.5 + Math.random()), undefined, { signal });
          pause = Math.min(2 * pause, longestPauseMs);
        }
      }
    },
  };
}
