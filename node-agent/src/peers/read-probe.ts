import { z } from "zod";
import { fault } from "../model/fault.ts";
import { address, digest, type MemberId, memberId } from "../model/ids.ts";
import type { ProbeAnswer } from "../model/probe.ts";

const count = z.int().min(0);
const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`, "u"));
/** Words of another member, shown to people: nothing but plain characters, and few of them. */
const word = z.string().max(300).regex(/^[\x20-\x7e]*$/u);

const form = z.object({
  you: z.object({ member: z.int().min(1).max(0xffff_ffff).transform(memberId), status: z.enum(["active", "suspended", "expelled"]), governor: hex(20).transform(address), governorNonce: count }),
  now: count,
  chain: z.object({ chainId: count, genesisHash: hex(32).transform(digest), block: z.object({ number: count, hash: hex(32).transform(digest) }).nullable() }),
  nodes: z.array(z.object({ key: z.string().regex(/^[0-9a-f]{128}$/u), allowed: z.boolean().nullable(), connected: z.boolean().nullable() })).max(16),
  dialed: z.array(z.object({ what: z.enum(["endpoint", "node"]), address: word, ok: z.boolean(), reason: word.nullable() })).max(17),
});

/** JSON from a peer. Throws PEER_BAD_ANSWER. */
export function jsonIn(member: MemberId, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as unknown;
  } catch (error) {
    throw fault("PEER_BAD_ANSWER", { member, what: "it is not JSON" }, error);
  }
}

/** The answer of a member to a probe, every field of the form that belongs there. Throws PEER_BAD_ANSWER. */
export function readProbe(member: MemberId, bytes: Uint8Array): ProbeAnswer {
  const parsed = form.safeParse(jsonIn(member, bytes));
  if (!parsed.success) throw fault("PEER_BAD_ANSWER", { member, what: "it is not the answer to a probe" });
  return parsed.data;
}
