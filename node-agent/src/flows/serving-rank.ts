import type { MemberId, RequestId } from "../model/ids.ts";
import type { HospitalContext } from "./context.ts";

/** Ranks by purpose: emergency care, care, replicas and recovery, everything else. Smaller is served first. */
const ranks = { emergency: 0, care: 1, copies: 2, other: 3 } as const;
const mostScore = 1000;

/**
 * How early a member's stream is served: by the purpose of the request it names, as the chain has it, and within a purpose by the member's credit
 * (last score known here; 500, the base, before the first). A request that is not this member's own counts for nothing.
 */
export function servingRank({ ledgerIndex }: Pick<HospitalContext, "ledgerIndex">, member: MemberId, request: RequestId | null): number {
  const view = request === null ? null : ledgerIndex.request(request);
  if (view === null || view.requester !== member) return ranks.copies;
  // An emergency that was reviewed and found not justified is none.
  if (view.emergency) return view.review === "notJustified" ? ranks.other : ranks.emergency;
  const purpose = view.purpose === "TREAT" || view.purpose === "PATRQT" ? ranks.care : ranks.other;
  const score = ledgerIndex.lastCredit(member)?.score ?? mostScore / 2;
  // Within a purpose: at most one step, and never below it.
  return purpose + (1 - Math.min(score, mostScore) / mostScore) * 0.9;
}
