import { z } from "zod";
import type { ApiKey } from "./parts.ts";
import {
  cancelPrepared, cancelPrepareIn, council, proposalList, proposalParam, proposalPrepared, proposalPrepareIn, proposalView, transactionIn, transactionRelayed, voteIn, votePrepared, votePrepareIn,
} from "./schemas/council.ts";
import { approvalIn, approvalPrepared, approvalPrepareIn, approvalRelayed, guardiansView } from "./schemas/guardians.ts";
import { creditView, historyPage, historyQuery, memberView, proofLine, proofQuery, status } from "./schemas/chain.ts";
import { accountList, attestationList, consentList, memberList, requestList, studyList } from "./schemas/lists.ts";
import {
  account, accountIn, accountParam, attestation, attestationIn, attestationParam, attestationWithdrawIn, consentPrepared, consentPrepareIn, consentsQuery, consentSubmitIn, disputeIn, me, memberParam, nameParam,
  patientIn, patientOut, recorded, requestDetail, requestIn, requestParam, requestsQuery, revocationPrepared, revocationPrepareIn, revocationSubmitIn, reviewPrepared, reviewPrepareIn, reviewsQuery, reviewSubmitIn,
  sealedStudy, session, sessionIn, studiesQuery, studyDetail, studyParam, eraseIn, withdrawIn,
} from "./schemas/work.ts";

/** What a route takes and gives, by the schemas its handler uses. `result` null: 204 without a body. */
export type RouteDoc = {
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: 200 | 201 | 202 | 204;
  readonly result: z.ZodType | null;
};

const openapiDocument = z.looseObject({ openapi: z.string() }).describe("An OpenAPI 3.1 document.");

/** One entry per route of the JSON API. */
export const apiDocs: Readonly<Record<ApiKey, RouteDoc>> = {
  "GET /api/openapi.json": { status: 200, result: openapiDocument },
  "POST /api/session": { body: sessionIn, status: 201, result: session },
  "DELETE /api/session": { status: 204, result: null },
  "GET /api/me": { status: 200, result: me },
  "GET /api/status": { status: 200, result: status },
  "GET /api/studies": { query: studiesQuery, status: 200, result: studyList },
  "GET /api/studies/:study": { params: studyParam, status: 200, result: studyDetail },
  "POST /api/studies/:study/seal": { params: studyParam, status: 202, result: sealedStudy },
  "POST /api/studies/:study/withdraw": { params: studyParam, body: withdrawIn, status: 200, result: recorded },
  "POST /api/studies/:study/erase": { params: studyParam, body: eraseIn, status: 200, result: recorded },
  "POST /api/patients": { body: patientIn, status: 201, result: patientOut },
  "GET /api/consents": { query: consentsQuery, status: 200, result: consentList },
  "POST /api/consents/prepare": { body: consentPrepareIn, status: 200, result: consentPrepared },
  "POST /api/consents": { body: consentSubmitIn, status: 201, result: recorded },
  "POST /api/revocations/prepare": { body: revocationPrepareIn, status: 200, result: revocationPrepared },
  "POST /api/revocations": { body: revocationSubmitIn, status: 201, result: recorded },
  "GET /api/attestations": { status: 200, result: attestationList },
  "POST /api/attestations": { body: attestationIn, status: 201, result: attestation },
  "POST /api/attestations/:attestation/approve": { params: attestationParam, status: 200, result: recorded },
  "DELETE /api/attestations/:attestation": { params: attestationParam, status: 204, result: null },
  "POST /api/attestations/withdraw": { body: attestationWithdrawIn, status: 200, result: recorded },
  "GET /api/requests": { query: requestsQuery, status: 200, result: requestList },
  "POST /api/requests": { body: requestIn, status: 201, result: requestDetail },
  "GET /api/requests/:request": { params: requestParam, status: 200, result: requestDetail },
  "POST /api/requests/:request/pause": { params: requestParam, status: 200, result: requestDetail },
  "POST /api/requests/:request/resume": { params: requestParam, status: 200, result: requestDetail },
  "POST /api/requests/:request/cancel": { params: requestParam, status: 200, result: requestDetail },
  "POST /api/requests/:request/dispute": { params: requestParam, body: disputeIn, status: 201, result: recorded },
  "GET /api/history": { query: historyQuery, status: 200, result: historyPage },
  "GET /api/history/proof": { query: proofQuery, status: 200, result: proofLine },
  "GET /api/members": { status: 200, result: memberList },
  "GET /api/members/:member": { params: memberParam, status: 200, result: memberView },
  "GET /api/credit/members/:member": { params: memberParam, status: 200, result: creditView },
  "GET /api/credit/accounts/:account": { params: accountParam, status: 200, result: creditView },
  "GET /api/reviews": { query: reviewsQuery, status: 200, result: requestList },
  "POST /api/reviews/prepare": { body: reviewPrepareIn, status: 200, result: reviewPrepared },
  "POST /api/reviews": { body: reviewSubmitIn, status: 201, result: recorded },
  "GET /api/council": { status: 200, result: council },
  "GET /api/proposals": { status: 200, result: proposalList },
  "GET /api/proposals/:proposal": { params: proposalParam, status: 200, result: proposalView },
  "POST /api/proposals/prepare": { body: proposalPrepareIn, status: 200, result: proposalPrepared },
  "POST /api/proposals/:proposal/ballot": { params: proposalParam, body: votePrepareIn, status: 200, result: votePrepared },
  "POST /api/proposals/:proposal/votes": { params: proposalParam, body: voteIn, status: 201, result: recorded },
  "POST /api/proposals/:proposal/queue": { params: proposalParam, status: 200, result: recorded },
  "POST /api/proposals/:proposal/execute": { params: proposalParam, status: 200, result: recorded },
  "POST /api/proposals/:proposal/cancel": { params: proposalParam, body: cancelPrepareIn, status: 200, result: cancelPrepared },
  "POST /api/council/transactions": { body: transactionIn, status: 201, result: transactionRelayed },
  "GET /api/guardians": { status: 200, result: guardiansView },
  "POST /api/guardians/approvals/prepare": { body: approvalPrepareIn, status: 200, result: approvalPrepared },
  "POST /api/guardians/approvals": { body: approvalIn, status: 201, result: approvalRelayed },
  "GET /api/accounts": { status: 200, result: accountList },
  "POST /api/accounts": { body: accountIn, status: 201, result: account },
  "DELETE /api/accounts/:name": { params: nameParam, status: 204, result: null },
};
