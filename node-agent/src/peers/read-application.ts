import { z } from "zod";
import type { ApplicationAnswer } from "../model/application.ts";
import { fault } from "../model/fault.ts";
import { proposalStates } from "../model/governance.ts";
import { type MemberId, memberId } from "../model/ids.ts";
import { jsonIn } from "./read-probe.ts";

const count = z.int().min(0);

const form = z.object({
  votes: z.boolean(),
  now: count,
  proposal: z
    .object({ number: count, state: z.enum(proposalStates), votesFor: count, needed: count.nullable(), missing: z.array(z.int().min(1).max(0xffff_ffff).transform(memberId)).max(1000), snapshot: count, deadline: count, eta: count.nullable() })
    .nullable(),
});

/** What a member says of our admission, every field of the form that belongs there. Throws PEER_BAD_ANSWER. */
export function readApplicationAnswer(member: MemberId, bytes: Uint8Array): ApplicationAnswer {
  const parsed = form.safeParse(jsonIn(member, bytes));
  if (!parsed.success) throw fault("PEER_BAD_ANSWER", { member, what: "it does not say how an admission stands" });
  return parsed.data;
}
