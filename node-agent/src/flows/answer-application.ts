import type { ApplicationAnswer, ApplicationProposal } from "../model/application.ts";
import { fault } from "../model/fault.ts";
import type { DecodedCall } from "../model/governance.ts";
import type { MemberId } from "../model/ids.ts";
import type { FlowContext } from "./context.ts";
import { chainNow, listProposals, type Proposal } from "./proposals.ts";

/** Whoever applies is a stranger, and every stranger has as many TLS keys as it likes: all of them together are answered so often. */
const mostAnswers = 20;
const windowMs = 20_000;

/** Whether a call admits the institution with this TLS key. */
const admits = ({ contract, name, args }: DecodedCall, spkiSha256: string): boolean => {
  const { profile } = args;
  return contract === "memberRegistry" && name === "admit" && typeof profile === "object" && !Array.isArray(profile) && String((profile as DecodedCall["args"])["spkiSha256"]).toLowerCase() === spkiSha256;
};

async function standingOf(context: FlowContext, { id, number, votes }: Proposal): Promise<ApplicationProposal | null> {
  const standing = (await context.reader.council?.standing(id)) ?? null;
  if (standing === null) return null;
  const { state, needed, snapshot, deadline, eta } = standing;
  const voted = new Set(votes.map(({ voter }) => voter));
  const hospitals = context.ledgerIndex.members().filter(({ kind, status }) => kind === "hospital" && status === "active");
  const missing: MemberId[] = state === "active" ? hospitals.filter(({ governor }) => !voted.has(governor)).map(({ id: member }) => member) : [];
  return { number, state, votesFor: standing.votes.for, needed, missing, snapshot, deadline, eta };
}

/**
 * Tells an institution that is no member yet how its admission stands: the newest proposal to admit the TLS key that it proved to own, and nothing about anybody
 * else. All of it is on the chain, which the institution's own node cannot read before it is admitted. Throws PEER_PROBED_LATELY.
 */
export function createApplicationAnswerer(context: FlowContext): (spkiSha256: string) => Promise<ApplicationAnswer> {
  let answered: readonly number[] = [];
  return async (spkiSha256) => {
    const now = context.clock.now();
    const lately = answered.filter((at) => now - at < windowMs);
    if (lately.length >= mostAnswers) throw fault("PEER_PROBED_LATELY", { most: mostAnswers, seconds: windowMs / 1000 });
    answered = [...lately, now];
    const { council } = context.reader;
    if (council === null) return { votes: false, now: chainNow(context), proposal: null };
    const found = listProposals(context).findLast(({ calls }) => calls.some((call) => admits(council.decode(call), spkiSha256)));
    return { votes: true, now: chainNow(context), proposal: found === undefined ? null : await standingOf(context, found) };
  };
}
