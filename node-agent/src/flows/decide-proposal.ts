import { fault } from "../model/fault.ts";
import type { ProposalContent, ProposalState, ProposalStanding, VoteChoice } from "../model/governance.ts";
import type { Address } from "../model/ids.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { UnsignedTransaction } from "../ports/council.ts";
import type { Receipt } from "../ports/ledger.ts";
import type { FlowContext, HospitalContext } from "./context.ts";
import { chainNow, councilOf, findProposal, listProposals, type Proposal } from "./proposals.ts";
import { whenIndexed } from "./when-indexed.ts";

/** Most calls in one proposal, and most characters of its description: what people can still read before they vote. */
const mostCalls = 32;
const longestDescription = 20_000;

/** The proposal and where it stands. Throws PROPOSAL_UNKNOWN. */
export async function proposalNow(context: FlowContext, reference: string): Promise<{ readonly proposal: Proposal; readonly standing: ProposalStanding }> {
  const proposal = findProposal(context, reference);
  const standing = await councilOf(context).standing(proposal.id);
  if (standing === null) throw fault("PROPOSAL_UNKNOWN", { proposal: reference });
  return { proposal, standing };
}

/** When the state that is waited for may come, in words. */
function when({ state, snapshot, deadline, eta }: ProposalStanding, now: number): string {
  if (state === "pending") return `the vote opens in ${Math.max(1, snapshot - now)} s`;
  if (state === "active") return `the vote ends in ${Math.max(1, deadline - now)} s`;
  if (state === "queued" && eta !== null && eta > now) return `it may be executed in ${eta - now} s`;
  return "";
}

/** Throws PROPOSAL_STATE unless the proposal is in the state that the next stage needs. */
function demandState(context: FlowContext, { proposal, standing }: { readonly proposal: Proposal; readonly standing: ProposalStanding }, wanted: ProposalState): void {
  const now = chainNow(context);
  const early = wanted === "queued" && standing.state === "queued" && standing.eta !== null && standing.eta > now + 1;
  if (standing.state === wanted && !early) return;
  throw fault("PROPOSAL_STATE", { proposal: String(proposal.number), state: early ? "queued, and its delay has not passed" : standing.state, wanted, when: when(standing, now) });
}

/** The number of a proposal, or its id where the index has not come to it yet. */
const proposalName = (context: FlowContext, id: string): string => String(listProposals(context).find((one) => one.id === id)?.number ?? id);

/** The transaction that proposes these calls, for a governor's key to sign; works on observers. Throws PROPOSAL_CALLS_MALFORMED, PROPOSAL_EXISTS, LEDGER_REVERTED (a proposer without a vote). */
export async function prepareProposal(context: FlowContext, proposer: Address, content: ProposalContent): Promise<UnsignedTransaction> {
  const wrong = content.calls.length === 0 ? "there is none" : content.calls.length > mostCalls ? `there are more than ${mostCalls}` : content.description.trim() === "" ? "a description is missing" : content.description.length > longestDescription ? `the description is longer than ${longestDescription} characters` : null;
  if (wrong !== null) throw fault("PROPOSAL_CALLS_MALFORMED", { why: wrong });
  const council = councilOf(context);
  const known = await council.standing(council.idOf(content));
  if (known !== null) throw fault("PROPOSAL_EXISTS", { proposal: proposalName(context, council.idOf(content)), state: known.state });
  return await council.transaction(proposer, "propose", content);
}

/** The transaction by which a proposer cancels before the vote opens. Throws PROPOSAL_UNKNOWN, LEDGER_REVERTED. */
export async function prepareCancel(context: FlowContext, reference: string, by: Address): Promise<UnsignedTransaction> {
  return await councilOf(context).transaction(by, "cancel", findProposal(context, reference));
}

/** A vote as it is to be cast; `reason` is one line, empty for none. */
export type Ballot = { readonly voter: Address; readonly choice: VoteChoice; readonly reason: string };

/** The ballot for the voter's key to sign; works on observers. Throws PROPOSAL_STATE, VOTE_CAST, VOTE_MISSING. */
export async function prepareVote(context: FlowContext, reference: string, { voter, choice, reason }: Ballot): Promise<TypedData> {
  const now = await proposalNow(context, reference);
  demandState(context, now, "active");
  const { proposal, standing } = now;
  const cast = proposal.votes.find((vote) => vote.voter === voter);
  if (cast !== undefined) throw fault("VOTE_CAST", { voter, choice: cast.choice });
  if ((await councilOf(context).votesAt(voter, standing.snapshot)) === 0) throw fault("VOTE_MISSING", { voter, proposal: String(proposal.number) });
  return await councilOf(context).ballot(proposal.id, voter, choice, reason);
}

/** Checks and relays a signed ballot. Throws as `prepareVote`, VOTE_SIGNATURE_INVALID, LEDGER_REVERTED. */
export async function relayVote(context: HospitalContext, reference: string, vote: Ballot & { readonly signature: `0x${string}` }): Promise<Receipt> {
  const { voter, choice, reason, signature } = vote;
  const ballot = await prepareVote(context, reference, vote);
  if (!(await context.reader.verifySignature(ballot, voter, signature))) throw fault("VOTE_SIGNATURE_INVALID", {});
  const { id, number } = findProposal(context, reference);
  const receipt = await context.writer.submit(`vote:${id}:${voter}:${choice}:${signature.slice(0, 18)}`, { kind: "castVote", proposal: id, choice, reason, voter, signature }, context.signal);
  context.log.info("vote relayed", { proposal: number, choice, block: receipt.block });
  await whenIndexed(context, receipt.block);
  return receipt;
}

/** Queues a carried proposal, or executes one whose delay has passed; anybody may. Throws PROPOSAL_STATE, LEDGER_REVERTED with what the execution met. */
export async function advanceProposal(context: HospitalContext, reference: string, step: "queue" | "execute"): Promise<Receipt> {
  const now = await proposalNow(context, reference);
  demandState(context, now, step === "queue" ? "succeeded" : "queued");
  const { id, number, calls, description } = now.proposal;
  const kind = step === "queue" ? "queueProposal" : "executeProposal";
  const receipt = await context.writer.submit(`${step}:${id}`, { kind, content: { calls, description } }, context.signal);
  context.log.info(step === "queue" ? "proposal queued" : "proposal executed", { proposal: number, block: receipt.block });
  await whenIndexed(context, receipt.block);
  return receipt;
}

/** Sends what a governor or guardian signed away from the agent. Throws as the port's `relay`. */
export async function relayCouncilTransaction(context: HospitalContext, raw: `0x${string}`): Promise<Receipt & { readonly from: Address; readonly name: string }> {
  const phase = context.watch.view();
  if (phase.phase === "alarm" && phase.error !== null) throw phase.error;
  const { transaction, block, from, name } = await councilOf(context).relay(raw, context.signal);
  context.log.info("governor's transaction relayed", { function: name, block });
  await whenIndexed(context, block);
  return { transaction, block, from, name };
}
