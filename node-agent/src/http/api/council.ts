import { hospitalOf } from "../../flows/context.ts";
import { advanceProposal, prepareCancel, prepareProposal, prepareVote, proposalNow, relayCouncilTransaction, relayVote } from "../../flows/decide-proposal.ts";
import { type ProposalView, viewProposal, viewProposals, wordsFor } from "../../flows/proposal-view.ts";
import { councilOf, findProposal } from "../../flows/proposals.ts";
import { jsonBody, parse } from "../server/json-body.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import {
  cancelPrepared, cancelPrepareIn, council, proposalList, proposalParam, proposalPrepared, proposalPrepareIn, proposalView, transactionIn, transactionRelayed, voteIn, votePrepared, votePrepareIn,
} from "./schemas/council.ts";
import { recorded } from "./schemas/work.ts";
import { typedDataOf } from "./views.ts";

type Key =
  | "GET /api/council"
  | "POST /api/council/transactions"
  | "GET /api/proposals"
  | "GET /api/proposals/:proposal"
  | "POST /api/proposals/prepare"
  | "POST /api/proposals/:proposal/ballot"
  | "POST /api/proposals/:proposal/votes"
  | "POST /api/proposals/:proposal/queue"
  | "POST /api/proposals/:proposal/execute"
  | "POST /api/proposals/:proposal/cancel";

type Answer = Parameters<typeof answer<typeof proposalView>>[2];
const viewOf = (view: ProposalView): Answer => ({
  ...view,
  does: [...view.does],
  calls: view.calls.map((call) => ({ ...call, args: { ...call.args }, call: { ...call.call } })),
  storage: view.storage.map((one) => ({ ...one, changes: one.changes === null ? null : [...one.changes] })),
  standing: { ...view.standing, votes: { ...view.standing.votes } },
  voters: view.voters.map((vote) => ({ ...vote })),
  missing: [...view.missing],
});

/** Proposals: read and prepared anywhere; what governors signed away from the agent is relayed by a hospital's. No route signs a vote or a proposal. */
export function councilHandlers({ context }: ApiParts): ApiHandlers<Key> {
  const reference = (params: unknown): string => parse(proposalParam, params).proposal;
  return {
    "GET /api/council": async ({ response }) => {
      const { address, timelock, contracts, chainId, rules, parameters } = councilOf(context);
      const { terms, deadlines, credit } = await parameters();
      answer(response, council, { council: address, timelock, chainId, rules: await rules(), parameters: { terms: { ...terms }, deadlines: { ...deadlines }, credit: { ...credit } }, contracts: { ...contracts } });
    },
    "GET /api/proposals": async ({ response }) => answer(response, proposalList, { proposals: (await viewProposals(context)).map(viewOf) }),
    "GET /api/proposals/:proposal": async ({ request, response }) => {
      const { proposal, standing } = await proposalNow(context, reference(request.params));
      answer(response, proposalView, viewOf(await viewProposal(context, proposal, standing)));
    },
    "POST /api/proposals/prepare": async ({ request, response }) => {
      const { proposer, calls, description } = await jsonBody(request, response, proposalPrepareIn);
      const port = councilOf(context);
      const transaction = await prepareProposal(context, proposer, { calls, description });
      const [does, twoThirds] = await Promise.all([wordsFor(context, calls.map(port.decode), true), port.needsTwoThirds(calls)]);
      answer(response, proposalPrepared, { id: port.idOf({ calls, description }), does, twoThirds, transaction: { ...transaction } });
    },
    "POST /api/proposals/:proposal/ballot": async ({ request, response }) => {
      const typedData = await prepareVote(context, reference(request.params), await jsonBody(request, response, votePrepareIn));
      answer(response, votePrepared, { id: findProposal(context, reference(request.params)).id, typedData: typedDataOf(typedData) });
    },
    "POST /api/proposals/:proposal/votes": async ({ request, response }) => {
      const receipt = await relayVote(hospitalOf(context), reference(request.params), await jsonBody(request, response, voteIn));
      answer(response, recorded, { receipt }, 201);
    },
    "POST /api/proposals/:proposal/queue": async ({ request, response }) => answer(response, recorded, { receipt: await advanceProposal(hospitalOf(context), reference(request.params), "queue") }),
    "POST /api/proposals/:proposal/execute": async ({ request, response }) => answer(response, recorded, { receipt: await advanceProposal(hospitalOf(context), reference(request.params), "execute") }),
    "POST /api/proposals/:proposal/cancel": async ({ request, response }) => {
      const { by } = await jsonBody(request, response, cancelPrepareIn);
      answer(response, cancelPrepared, { transaction: { ...(await prepareCancel(context, reference(request.params), by)) } });
    },
    "POST /api/council/transactions": async ({ request, response }) => {
      const { raw } = await jsonBody(request, response, transactionIn);
      const { transaction, block, from, name } = await relayCouncilTransaction(hospitalOf(context), raw);
      answer(response, transactionRelayed, { receipt: { transaction, block }, from, function: name }, 201);
    },
  };
}
