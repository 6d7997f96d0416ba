import type { Address, Digest, MemberId } from "./ids.ts";
import type { MemberStatus } from "./ledger-views.ts";

/** A way that a member's agent tried on the asker's behalf, to where the registry says the asker is. `reason` is a system's short code. */
export type DialedBack = { readonly what: "endpoint" | "node"; readonly address: string; readonly ok: boolean; readonly reason: string | null };

/** What a member's agent sees of the asking member: the other side of what the asker can see by itself. */
export type ProbeAnswer = {
  /** Who the asker is to this member, with the governor's next nonce, which the asker needs before its own node has the chain. */
  readonly you: { readonly member: MemberId; readonly status: MemberStatus; readonly governor: Address; readonly governorNonce: number };
  /** This member's clock, milliseconds since the epoch. */
  readonly now: number;
  readonly chain: { readonly chainId: number; readonly genesisHash: Digest; readonly block: { readonly number: number; readonly hash: Digest } | null };
  /** The asker's registered nodes at this member's own node; null where that is not known. */
  readonly nodes: readonly { readonly key: string; readonly allowed: boolean | null; readonly connected: boolean | null }[];
  readonly dialed: readonly DialedBack[];
};
