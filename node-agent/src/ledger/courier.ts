import { setTimeout as sleep } from "node:timers/promises";
import { Fault, fault } from "../model/fault.ts";
import { broadcast, type BroadcastOutcome } from "./broadcast.ts";
import { createNonceSource, minedCount } from "./nonces.ts";
import type { OutboxRow, OutboxStore } from "./outbox-store.ts";
import { createPreflight, type PlannedCall } from "./preflight.ts";
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
  /** Joins calls of one kind into one transaction; without it each goes by itself. */
  readonly joiner?: CallJoiner;
  /** Told after each step is durable or done; for logs and metrics. */
  readonly onStep: (step: CourierStep, key: string) => void;
  /** Told when an intent can not go on for now; it is tried again by itself. */
  readonly onTrouble: (trouble: Fault, key: string) => void;
};

/** Which calls may go together and how: `join` takes 2 to `most` calls of one kind and gives the one call that does them all or none. */
export type CallJoiner = { readonly kinds: ReadonlySet<string>; readonly most: number; join(calls: readonly PlannedCall[]): PlannedCall };

export type Courier = {
  /** Carries a kept intent to its end, from whatever state it is in. Resolves when its row is final, or gone because the contract would refuse it: then
   * rejects with LEDGER_REVERTED. Otherwise rejects only when aborted. */
  carry(key: string): Promise<void>;
};

const firstPauseMs = 100;
const longestPauseMs = 5000;

export function createCourier({ rpc, store, signer, pollMs, window, resendMs, signal, onStep, onTrouble, onRoom, joiner }: CourierOptions): Courier {
  const nonces = createNonceSource(rpc, signer.address, signal);
  const receipts = createReceiptWatcher(rpc, pollMs, signal);
  const preflight = createPreflight(rpc, signer.address, signal);
  const room = createRoom(window, onRoom);
  let signing: Promise<unknown> = Promise.resolve();

  /** One at a time: a nonce is chosen, used to sign and kept before the next is chosen. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const run = signing.then(work);
    signing = run.catch(() => {});
    return run;
  }

  async function nextNonce(): Promise<number> {
    while (store.nonces().size >= room.present()) await sleep(pollMs, undefined, { signal });
    const nonce = await nonces.next(store.nonces());
    signal.throwIfAborted();
    return nonce;
  }

  const sign = (row: OutboxRow, gas: number): Promise<void> =>
    inTurn(async () => {
      const nonce = await nextNonce();
      store.sign(row.key, { nonce, ...signer.sign({ nonce, gas, to: row.to, data: row.data }) });
      onStep("signed", row.key);
    });

  /**
   * Signs whatever of a kind has gathered while earlier ones were being sent, as one transaction. All or none of them is carried out, so where the contract would refuse them together
   * each goes by itself, and the one that is wrong is told so alone.
   */
  const signGathered = (row: OutboxRow, { most, join }: CallJoiner): Promise<void> =>
    inTurn(async () => {
      // The room is waited for first: what comes meanwhile goes along.
      const nonce = await nextNonce();
      const rows = store.joinable(row.kind, most);
      if (rows.length < 2 || !rows.some(({ key }) => key === row.key)) return;
      const call = join(rows);
      const keys = rows.map(({ key }) => key);
      let gas: number;
      try {
        gas = await preflight.gasFor(call);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Fault && error.code === "LEDGER_REVERTED") return store.setApart(keys);
        throw error;
      }
      signal.throwIfAborted();
      store.signTogether(keys, { nonce, ...signer.sign({ nonce, gas, to: call.to, data: call.data }) });
      for (const key of keys) onStep("signed", key);
    });

  async function prepare(row: OutboxRow): Promise<void> {
    if (joiner?.kinds.has(row.kind) === true && !row.solo) {
      await signGathered(row, joiner);
      if (store.find(row.key)?.state !== "recorded") return;
    }
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
    if (row.grouped && !mined.succeeded) {
      // Mined without effect on any of them; who of them was wrong shows when each goes by itself.
      store.setApart(store.signedAs(row.hash ?? ""));
      nonces.used(row.nonce ?? 0);
      return;
    }
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

  const sentAt = new Map<string, number>();
  /** Rows that were signed together have the same bytes: one of them sends for all. */
  async function broadcastForAll(raw: string, hash: string): Promise<BroadcastOutcome> {
    const now = performance.now();
    for (const [known, at] of sentAt) if (now - at > resendMs) sentAt.delete(known);
    if (sentAt.has(hash)) return { kind: "sent" };
    sentAt.set(hash, now);
    let outcome: BroadcastOutcome | null = null;
    try {
      outcome = await broadcast(rpc, raw, signal);
      return outcome;
    } finally {
      if (outcome?.kind !== "sent") sentAt.delete(hash);
    }
  }

  async function deliver(row: OutboxRow, raw: string, hash: string): Promise<void> {
    const outcome = row.grouped ? await broadcastForAll(raw, hash) : await broadcast(rpc, raw, signal);
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
