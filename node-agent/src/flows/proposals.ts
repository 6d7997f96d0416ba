import { fault } from "../model/fault.ts";
import { type ProposalContent, type ProposalId, type ProposedCall, type VoteChoice, voteChoices } from "../model/governance.ts";
import { type Address, address, digest } from "../model/ids.ts";
import type { LedgerEvent } from "../model/ledger-events.ts";
import type { Council } from "../ports/council.ts";
import type { FlowContext } from "./context.ts";

/** A vote as it was cast. `at` in seconds since the epoch. */
export type CastVote = { readonly voter: Address; readonly choice: VoteChoice; readonly reason: string; readonly at: number };

/** A proposal as the events tell it. */
export type Proposal = ProposalContent & {
  /** Running number in order of proposal, from 1: for people. */
  readonly number: number;
  readonly id: ProposalId;
  readonly proposer: Address;
  readonly proposedAt: number;
  readonly votes: readonly CastVote[];
};

const pageSize = 1000;

/** The agent's Council. Throws COUNCIL_MISSING where a key governs. */
export function councilOf(context: FlowContext): Council {
  if (context.reader.council === null) throw fault("COUNCIL_MISSING", {});
  return context.reader.council;
}

/** Now, in seconds, by the chain where it is ahead of this machine's clock: the Council goes by block time. */
export const chainNow = (context: FlowContext): number => Math.max(Math.floor(context.clock.now() / 1000), context.watch.view().cursor?.timestamp ?? 0);

type Notice = Extract<LedgerEvent, { kind: "ConsortiumNotice" }>;

/** Everything the Council ever said, oldest first, from the local index. */
function noticesOf(context: FlowContext, council: Address): Notice[] {
  const notices: Notice[] = [];
  let before: { readonly block: number; readonly logIndex: number } | null = null;
  do {
    const page = context.ledgerIndex.history({ kinds: ["ConsortiumNotice"], limit: pageSize, ascending: true, ...(before === null ? {} : { before }) });
    for (const event of page.events) if (event.kind === "ConsortiumNotice" && event.contract === council) notices.push(event);
    before = page.next;
  } while (before !== null);
  return notices;
}

/** A uint256 in decimal text as 0x and 64 hex digits. */
const idOf = (decimal: string | undefined): ProposalId => digest(`0x${BigInt(decimal ?? "0").toString(16).padStart(64, "0")}`);

function callsOf(values: Notice["values"]): ProposedCall[] {
  const [targets, amounts, calldatas] = ["targets", "values", "calldatas"].map((name) => JSON.parse(values[name] ?? "[]") as string[]);
  return (targets ?? []).map((target, at) => ({ target: address(target), value: amounts?.[at] ?? "0", data: (calldatas?.[at] ?? "0x") as `0x${string}` }));
}

/** Every proposal there ever was, in order, with the votes cast so far: from the local index alone. Throws COUNCIL_MISSING. */
export function listProposals(context: FlowContext): Proposal[] {
  const found = new Map<ProposalId, Proposal & { votes: CastVote[] }>();
  for (const { name, values, timestamp } of noticesOf(context, councilOf(context).address)) {
    const id = idOf(values["proposalId"]);
    if (name === "ProposalCreated") {
      found.set(id, { number: found.size + 1, id, proposer: address(values["proposer"] ?? ""), proposedAt: timestamp, calls: callsOf(values), description: values["description"] ?? "", votes: [] });
    } else if (name === "VoteCast" || name === "VoteCastWithParams") {
      const choice = voteChoices[Number(values["support"])] ?? "abstain";
      found.get(id)?.votes.push({ voter: address(values["voter"] ?? ""), choice, reason: values["reason"] ?? "", at: timestamp });
    }
  }
  return [...found.values()];
}

/** One proposal by its number or id. Throws COUNCIL_MISSING, PROPOSAL_UNKNOWN. */
export function findProposal(context: FlowContext, reference: string): Proposal {
  const found = listProposals(context).find(({ number, id }) => String(number) === reference || id === reference.toLowerCase());
  if (found === undefined) throw fault("PROPOSAL_UNKNOWN", { proposal: reference });
  return found;
}
