import type { Rpc } from "./rpc.ts";

/**
 * sent: the node has it now or had it before. used: its nonce is in a block already, by this transaction or another. busy: the node will not take it
 * now (pool full, another transaction waits at this nonce, still syncing). refused: the node named a reason that waiting may not cure.
 */
export type BroadcastOutcome = { readonly kind: "sent" | "used" | "busy" } | { readonly kind: "refused"; readonly code: number; readonly reason: string };

/** Nodes tell these apart by words only: Besu, EDR, anvil, geth in this order where they differ. */
const words: readonly (readonly [RegExp, "sent" | "used" | "busy"])[] = [
  [/known transaction|already known|already imported/iu, "sent"],
  [/nonce too low|nonce below|nonce.*already (?:been )?used/iu, "used"],
  [/underpriced|pool.*full|limit reached|nonce too (?:distant|high|far)|not ready|sync/iu, "busy"],
];

/** Sends signed bytes. Sending the same bytes again can not double anything: the chain takes a nonce once. Throws LEDGER_UNREACHABLE. */
export async function broadcast(rpc: Rpc, raw: string, signal: AbortSignal): Promise<BroadcastOutcome> {
  const reply = await rpc.ask("eth_sendRawTransaction", [raw], signal);
  if ("result" in reply) return { kind: "sent" };
  const { code, message } = reply.error;
  const kind = words.find(([form]) => form.test(message))?.[1];
  return kind === undefined ? { kind: "refused", code, reason: message } : { kind };
}
