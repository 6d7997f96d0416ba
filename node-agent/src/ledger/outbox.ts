import { createHash } from "node:crypto";
import { type Fault, fault, isFault } from "../model/fault.ts";
import type { Address } from "../model/ids.ts";
import type { Receipt } from "../ports/ledger.ts";
import { type CallJoiner, type CourierStep, createCourier } from "./courier.ts";
import type { OutboxRow, OutboxStore } from "./outbox-store.ts";
import type { PlannedCall } from "./preflight.ts";
import type { Rpc } from "./rpc.ts";
import type { Signer } from "./sign.ts";

export type OutboxOptions = {
  readonly rpc: Rpc;
  readonly store: OutboxStore;
  readonly signer: Signer;
  readonly pollMs: number;
  readonly window?: number;
  readonly onRoom?: (room: number) => void;
  readonly joiner?: CallJoiner;
  readonly resendMs?: number;
  /** Intents kept and not final beyond which new ones are refused. */
  readonly limit?: number;
  readonly onStep?: (step: CourierStep, key: string) => void;
  readonly onTrouble?: (trouble: Fault, key: string) => void;
};

/** Exactly-once transactions of one operator key: see LedgerWriter for the promises. */
export type Outbox = {
  readonly operator: Address;
  submit(key: string, call: PlannedCall, signal?: AbortSignal): Promise<Receipt>;
  resume(signal: AbortSignal): Promise<void>;
  pending(): number;
  close(): void;
};

type Waiter = { readonly done: (receipt: Receipt) => void; readonly fail: (error: unknown) => void };

const contentOf = ({ to, data }: PlannedCall): string => createHash("sha256").update(`${to} ${data}`).digest("hex");

/** The receipt of a final row, null while it is under way. Throws LEDGER_REVERTED. */
function outcomeOf({ state, hash, block, error, kind }: OutboxRow): Receipt | null {
  if (state === "reverted") throw fault("LEDGER_REVERTED", { error: error ?? "NoReason", intent: kind });
  return state === "mined" && hash !== null && block !== null ? { transaction: hash, block } : null;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { rpc, store, signer, pollMs, window = 500, resendMs = 2000, limit = 10_000 } = options;
  const closing = new AbortController();
  const waiters = new Map<string, Set<Waiter>>();
  const carried = new Set<string>();
  const onStep = options.onStep ?? (() => {});
  const tried = new Map<string, () => void>();

  const failAll = (key: string, error: unknown): void => {
    for (const waiter of waiters.get(key) ?? []) waiter.fail(error);
  };
  const settled = (key: string): void => {
    tried.get(key)?.();
    tried.delete(key);
  };
  const courier = createCourier({
    rpc,
    store,
    signer,
    pollMs,
    window,
    ...(options.joiner === undefined ? {} : { joiner: options.joiner }),
    ...(options.onRoom === undefined ? {} : { onRoom: options.onRoom }),
    resendMs,
    signal: closing.signal,
    onStep(step, key) {
      onStep(step, key);
      if (step === "sent") settled(key);
    },
    onTrouble(trouble, key) {
      // The intent stays and is tried again; those who wait are told now rather than left hanging, and may ask again under the same key.
      options.onTrouble?.(trouble, key);
      settled(key);
      failAll(key, isFault(trouble, "LEDGER_UNREACHABLE") ? fault("LEDGER_WRITE_KEPT", { write: key, reason: trouble.details.reason }, trouble) : trouble);
    },
  });

  function finish(key: string): void {
    try {
      const row = closing.signal.aborted ? null : store.find(key);
      const receipt = row === null ? null : outcomeOf(row);
      if (receipt === null) throw fault("LEDGER_CLOSED", {});
      for (const waiter of waiters.get(key) ?? []) waiter.done(receipt);
    } catch (error) {
      failAll(key, error);
    }
  }

  function carry(key: string): void {
    if (carried.has(key)) return;
    carried.add(key);
    // Before anybody is told: whoever is told may submit again at once, and must find the key free.
    const end = (tell: () => void): void => {
      carried.delete(key);
      settled(key);
      tell();
    };
    courier.carry(key).then(
      () => end(() => finish(key)),
      (error: unknown) => end(() => failAll(key, closing.signal.aborted ? fault("LEDGER_CLOSED", {}) : error)),
    );
  }

  function outcome(key: string, signal: AbortSignal | undefined): Promise<Receipt> {
    return new Promise<Receipt>((done, fail) => {
      const set = waiters.get(key) ?? new Set<Waiter>();
      waiters.set(key, set);
      const leave = (): void => {
        set.delete(waiter);
        if (set.size === 0) waiters.delete(key);
        signal?.removeEventListener("abort", aborted);
      };
      const waiter: Waiter = {
        done: (receipt) => {
          leave();
          done(receipt);
        },
        fail: (error) => {
          leave();
          fail(error);
        },
      };
      const aborted = (): void => waiter.fail(signal?.reason);
      signal?.addEventListener("abort", aborted, { once: true });
      set.add(waiter);
    });
  }

  return {
    operator: signer.address,
    async submit(key, call, signal) {
      if (closing.signal.aborted) throw fault("LEDGER_CLOSED", {});
      signal?.throwIfAborted();
      const content = contentOf(call);
      // A reverted transaction has changed nothing and what refused it (a pause, a suspension, a consent that lapsed) may be over: the key is free again.
      if (store.find(key)?.state === "reverted") store.forget(key);
      const row = store.find(key);
      if (row !== null && row.content !== content) throw fault("LEDGER_KEY_REUSED", { key });
      const known = row === null ? null : outcomeOf(row);
      if (known !== null) return known;
      if (row === null) {
        if (store.unfinishedCount() >= limit) throw fault("LEDGER_OUTBOX_FULL", { limit });
        store.record({ key, content, kind: call.kind, to: call.to, data: call.data });
        onStep("recorded", key);
      }
      const waiting = outcome(key, signal);
      carry(key);
      return waiting;
    },
    async resume(signal) {
      const first = store.unfinished().map(({ key }) => {
        const once = new Promise<void>((done) => tried.set(key, done));
        carry(key);
        return once;
      });
      const aborted = new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
      await Promise.race([Promise.all(first), aborted]);
      signal.throwIfAborted();
    },
    pending: () => store.unfinishedCount(),
    close() {
      if (closing.signal.aborted) return;
      closing.abort();
      for (const key of [...waiters.keys()]) failAll(key, fault("LEDGER_CLOSED", {}));
      store.close();
    },
  };
}
