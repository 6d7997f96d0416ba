import { setTimeout as sleep } from "node:timers/promises";
import { fault } from "../model/fault.ts";
import type { Receipt } from "../ports/ledger.ts";
import { type Address, digest } from "../model/ids.ts";
import { parseQuantity } from "./block.ts";
import { broadcast } from "./broadcast.ts";
import { createPreflight, type PlannedCall } from "./preflight.ts";
import { fetchReceipt } from "./receipts.ts";
import type { Rpc } from "./rpc.ts";
import type { Signer } from "./sign.ts";

const pauseMs = 250;

/**
 * One transaction of a key that no agent holds (a governor's), signed here, sent once and waited for. Without an outbox: whoever calls repeats a call that did not end,
 * so the call has to be one that may be repeated. Throws LEDGER_REVERTED (before anything is sent where the contract would refuse), LEDGER_SENDER_REFUSED, LEDGER_GAS_NOT_FREE,
 * LEDGER_RPC_ERROR, LEDGER_UNREACHABLE, or the signal's reason.
 */
export async function sendDirect(rpc: Rpc, signer: Signer, call: PlannedCall, signal: AbortSignal): Promise<Receipt> {
  const gas = await createPreflight(rpc, signer.address, signal).gasFor(call);
  const nonce = parseQuantity("eth_getTransactionCount", await rpc.call("eth_getTransactionCount", [signer.address, "pending"], signal));
  const { raw, hash } = signer.sign({ nonce, gas, to: call.to, data: call.data });
  return await sendSigned(rpc, { raw, hash, from: signer.address, call }, signal);
}

/** The same for bytes that are signed already. The contract is asked first whether it would take the call. */
export async function sendSigned(rpc: Rpc, signed: { readonly raw: `0x${string}`; readonly hash: `0x${string}`; readonly from: Address; readonly call: PlannedCall }, signal: AbortSignal): Promise<Receipt> {
  const { raw, hash, from, call } = signed;
  const preflight = createPreflight(rpc, from, signal);
  const known = await fetchReceipt(rpc, hash, signal);
  if (known === null) await preflight.gasFor(call);
  for (;;) {
    const outcome = await broadcast(rpc, raw, signal);
    if (outcome.kind === "unauthorized") throw fault("LEDGER_SENDER_REFUSED", { account: from });
    if (outcome.kind === "priced") throw fault("LEDGER_GAS_NOT_FREE", { reason: outcome.reason });
    if (outcome.kind === "refused") throw fault("LEDGER_RPC_ERROR", { method: "eth_sendRawTransaction", rpcCode: outcome.code, reason: outcome.reason });
    for (let looks = 0; looks < 40; looks++) {
      const mined = await fetchReceipt(rpc, hash, signal);
      if (mined?.succeeded === true) return { transaction: digest(hash), block: mined.block };
      if (mined !== null) throw fault("LEDGER_REVERTED", { error: await preflight.revertName(call, mined.block), intent: call.kind });
      if (outcome.kind === "used") throw fault("LEDGER_RPC_ERROR", { method: "eth_sendRawTransaction", rpcCode: 0, reason: "another transaction of this account came first: run the command again" });
      await sleep(pauseMs, undefined, { signal });
    }
  }
}
