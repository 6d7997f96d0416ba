import type { LedgerWriter } from "../ports/ledger.ts";
import type { LedgerConfig } from "./config.ts";
import { callOf } from "./intents.ts";
import { registrationsTogether } from "./join-registrations.ts";
import { createOutbox, type OutboxOptions } from "./outbox.ts";
import { openOutboxStore } from "./outbox-store.ts";
import type { Rpc } from "./rpc.ts";
import { createSigner } from "./sign.ts";

export type WriterOptions = {
  /** Where the outbox is kept: one file, made when missing, one process at a time. */
  readonly file: string;
  /** Operator key, 32 bytes. */
  readonly operatorKey: Uint8Array;
} & Pick<OutboxOptions, "window" | "onRoom" | "resendMs" | "limit" | "onStep" | "onTrouble">;

/**
 * The write side of the chain over one node. Throws LEDGER_OUTBOX_FOREIGN or LEDGER_OUTBOX_LOCKED when the file is another's.
 * Call `resume` once before the first `submit`.
 */
export function createLedgerWriter(rpc: Rpc, config: LedgerConfig, { file, operatorKey, ...rest }: WriterOptions): LedgerWriter {
  const signer = createSigner(operatorKey, config.chainId);
  const store = openOutboxStore(file, { chainId: config.chainId, genesisHash: config.genesisHash, operator: signer.address });
  const outbox = createOutbox({ rpc, store, signer, pollMs: config.pollMs, joiner: registrationsTogether, ...rest });
  return {
    operator: outbox.operator,
    submit: (key, intent, signal) => outbox.submit(key, { kind: intent.kind, ...callOf(intent, config.contracts) }, signal),
    resume: outbox.resume,
    pending: outbox.pending,
    close: outbox.close,
  };
}
