import type { Address, MemberId } from "../model/ids.ts";
import type { Receipt } from "./ledger.ts";

/** Carries a member's own entry to the registry for it, as long as its node has no chain yet: the member signs, this agent only sends. */
export type Registrar = {
  /** Next nonce of an account. */
  nonce(account: Address): Promise<number>;
  /**
   * Sends a signed transaction that sets profile or nodes of `member` in MemberRegistry, and waits for it. Throws REGISTRATION_REFUSED for every other transaction, LEDGER_REVERTED
   * when the contract refuses it. Sending the same bytes again changes nothing.
   */
  relay(raw: `0x${string}`, member: MemberId, signal: AbortSignal): Promise<Receipt>;
};
