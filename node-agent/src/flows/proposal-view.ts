import { type DecodedCall, longestReason, type ProposalStanding, type ProposalState, type VoteChoice } from "../model/governance.ts";
import { address, type Address, type MemberId } from "../model/ids.ts";
import { strangeCode } from "../model/known-code.ts";
import { cutTo, plainLine, plainLines } from "../model/plain-text.ts";
import { wordsOf } from "../model/proposal-words.ts";
import { layoutChanges } from "../model/storage-layout.ts";
import { splitDescription } from "../model/upgrade-claim.ts";
import type { FlowContext } from "./context.ts";
import { chainNow, councilOf, listProposals, type Proposal } from "./proposals.ts";

/** What an upgrade does to the storage, and by whose word. */
export type StorageChange = {
  readonly contract: string;
  readonly implementation: Address;
  /** The new code is `known`: byte for byte that of this agent's own source. Else its layout is only `claimed` by the proposer, or `unknown`. */
  readonly source: "known" | "claimed" | "unknown";
  /** Sentences; null where one of the two layouts is not known. */
  readonly changes: readonly string[] | null;
  readonly note: string;
};

export type VoterView = { readonly member: MemberId | null; readonly voter: Address; readonly choice: VoteChoice; readonly reason: string; readonly at: number };

/** A proposal as people see it. Times in seconds since the epoch. */
export type ProposalView = {
  readonly number: number;
  readonly id: `0x${string}`;
  readonly text: string;
  readonly description: string;
  readonly proposer: Address;
  readonly proposingMember: MemberId | null;
  readonly proposedAt: number;
  readonly does: readonly string[];
  readonly calls: readonly DecodedCall[];
  readonly storage: readonly StorageChange[];
  readonly standing: ProposalStanding;
  readonly needs: string;
  readonly voters: readonly VoterView[];
  /** Active hospitals whose governor has not voted yet; empty unless the vote is open. */
  readonly missing: readonly MemberId[];
  readonly next: string;
  /** Seconds since the epoch by which `next` was told: the chain's time. */
  readonly now: number;
};

const open: readonly ProposalState[] = ["pending", "active", "succeeded", "queued"];

const memberOfGovernor = (context: FlowContext, governor: Address): MemberId | null => context.ledgerIndex.members().find((one) => one.governor === governor)?.id ?? null;

function needsText({ twoThirds, needed, votes }: ProposalStanding): string {
  const share = twoThirds ? "two thirds of all votes" : "more than half of all votes";
  return needed === null ? `${share}; counted once the vote opens` : `${share}: ${needed} in favour, ${votes.for} so far`;
}

/** What comes next, with the time that is left, in words. */
export function nextStep({ state, snapshot, deadline, eta, gracePeriod }: ProposalStanding, now: number): string {
  const left = (until: number): string => `${Math.max(0, until - now)} s`;
  switch (state) {
    case "pending":
      return `the vote opens in ${left(snapshot + 1)}`;
    case "active":
      return `the vote is open for another ${left(deadline)}`;
    case "succeeded":
      return `carried: anybody may queue it, within ${left(deadline + gracePeriod)}`;
    case "queued":
      if (eta !== null && eta > now) return `may be executed in ${left(eta)}`;
      return `anybody may execute it, within ${left((eta ?? now) + gracePeriod)}`;
    case "defeated":
      return "did not carry; nothing happens";
    case "canceled":
      return "canceled; nothing happens";
    case "expired":
      return "was carried, and not carried out in time; nothing happens";
    case "executed":
      return "in effect";
  }
}

/** Upgrades among these calls, also those that another call carries. */
const upgradesIn = (calls: readonly DecodedCall[]): DecodedCall[] => calls.flatMap((one) => [...(one.name === "upgradeToAndCall" && one.contract !== null ? [one] : []), ...upgradesIn(one.inner)]);

async function storageOf(context: FlowContext, { description }: Proposal, calls: readonly DecodedCall[]): Promise<StorageChange[]> {
  const council = councilOf(context);
  const { layouts } = splitDescription(description);
  return await Promise.all(
    upgradesIn(calls).map(async ({ contract: key, call, args }): Promise<StorageChange> => {
      const implementation = address(String(args["newImplementation"]));
      const contract = `${(key ?? "")[0]?.toUpperCase() ?? ""}${(key ?? "").slice(1)}`;
      const [present, next] = [await council.knownCode(await council.implementation(call.target)), await council.knownCode(implementation)];
      const strange = strangeCode(contract, next, present, Object.values(council.contracts));
      const claimed = layouts.get(contract);
      const after = strange === null ? next?.layout : claimed;
      const source = strange === null ? "known" : claimed !== undefined ? "claimed" : "unknown";
      const word = {
        known: "compared: the new code is, byte for byte, what this agent's own source makes",
        claimed: `NOT IN THIS SOURCE: ${strange}; what follows is the proposer's word and nothing else`,
        unknown: `NOT IN THIS SOURCE: ${strange}, and the proposer tells nothing about its storage`,
      }[source];
      const changes = present?.contract === contract && after !== undefined ? layoutChanges(present.layout, after) : null;
      return { contract, implementation, source, changes, note: present === null ? `${word}; the code in use is not in this source either` : word };
    }),
  );
}

/** A sentence per call; with `now`, also what each parameter is at present. */
export async function wordsFor(context: FlowContext, calls: readonly DecodedCall[], now: boolean): Promise<string[]> {
  const council = councilOf(context);
  const names = new Map(context.ledgerIndex.members().map(({ id, profile }) => [id as number, profile.displayName]));
  const memberName = (id: number): string | null => names.get(id) ?? null;
  return await Promise.all(calls.map(async (call) => wordsOf(call, { memberName, present: now ? await council.present(call) : null })));
}

/** Puts a proposal into words: what it does, what it needs, who voted, what comes next. */
export async function viewProposal(context: FlowContext, proposal: Proposal, standing: ProposalStanding): Promise<ProposalView> {
  const calls = proposal.calls.map(councilOf(context).decode);
  const does = await wordsFor(context, calls, open.includes(standing.state));
  const voted = new Set(proposal.votes.map(({ voter }) => voter));
  const hospitals = context.ledgerIndex.members().filter(({ kind, status, governor }) => kind === "hospital" && status === "active" && !voted.has(governor));
  return {
    number: proposal.number,
    id: proposal.id,
    text: plainLines(splitDescription(proposal.description).text),
    description: proposal.description,
    proposer: proposal.proposer,
    proposingMember: memberOfGovernor(context, proposal.proposer),
    proposedAt: proposal.proposedAt,
    does,
    calls,
    storage: await storageOf(context, proposal, calls),
    standing,
    needs: needsText(standing),
    voters: proposal.votes.map((vote) => ({ member: memberOfGovernor(context, vote.voter), ...vote, reason: cutTo(plainLine(vote.reason), longestReason) })),
    missing: standing.state === "active" || standing.state === "pending" ? hospitals.map(({ id }) => id) : [],
    next: nextStep(standing, chainNow(context)),
    now: chainNow(context),
  };
}

/** Every proposal with where it stands, newest first. Throws COUNCIL_MISSING. */
export async function viewProposals(context: FlowContext): Promise<ProposalView[]> {
  const views: ProposalView[] = [];
  for (const proposal of listProposals(context).reverse()) {
    const standing = await councilOf(context).standing(proposal.id);
    // Indexed from a block that the node, restored a moment ago, does not have yet.
    if (standing !== null) views.push(await viewProposal(context, proposal, standing));
  }
  return views;
}
