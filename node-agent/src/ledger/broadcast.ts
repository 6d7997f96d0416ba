import type { Rpc } from "./rpc.ts";

/**
 * sent: the node has it now or had it before. used: its nonce is in a block already, by this transaction or another. far: the pool takes no more transactions of
 * this account until earlier ones are mined. busy: the node will not take it now (pool full, another transaction waits at this nonce, still syncing).
 * unauthorized: the node takes nothing from this account. priced: the node wants a gas price, which nobody here has. refused: the node named another reason
 * that waiting may not cure.
 */
export type BroadcastOutcome =
  | { readonly kind: "sent" | "used" | "far" | "busy" }
  | { readonly kind: "unauthorized" | "priced" | "refused"; readonly code: number; readonly reason: string };

/** Nodes tell these apart by words only: Besu, EDR, anvil, geth in this order where they differ. */
const words: readonly (readonly [RegExp, BroadcastOutcome["kind"]])[] = [
  [/known transaction|already known|already imported/iu, "sent"],
  [/nonce too low|nonce below|nonce.*already (?:been )?used/iu, "used"],
  [/nonce (?:is )?too (?:distant|high|far)|nonce.*too far in (?:the )?future/iu, "far"],
  [/not authorized to send/iu, "unauthorized"],
  [/gas price below|gas ?price.*too low|below.*(?:minimum gas price|base fee)|less than block base fee/iu, "priced"],
  [/underpriced|pool.*(?:full|not enabled)|limit reached|not ready|sync|world state not available/iu, "busy"],
];

/** Sends signed bytes. Sending the same bytes again can not double anything: the chain takes a nonce once. Throws LEDGER_UNREACHABLE. */
export async function broadcast(rpc: Rpc, raw: string, signal: AbortSignal): Promise<BroadcastOutcome> {
  const reply = await rpc.ask("eth_sendRawTransaction", [raw], signal);
  if ("result" in reply) return { kind: "sent" };
  const { code, message } = reply.error;
  const kind = words.find(([form]) => form.test(message))?.[1];
  if (kind === "sent" || kind === "used" || kind === "far" || kind === "busy") return { kind };
  return { kind: kind ?? "refused", code, reason: message };
}
