import { hospitalOf } from "../../flows/context.ts";
import { prepareApproval, relayApproval, type Stop, type StopView, viewGuardians } from "../../flows/guardians.ts";
import { jsonBody } from "../server/json-body.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { approvalIn, approvalPrepared, approvalPrepareIn, approvalRelayed, guardiansView } from "./schemas/guardians.ts";
import { typedDataOf } from "./views.ts";

type Key = "GET /api/guardians" | "POST /api/guardians/approvals/prepare" | "POST /api/guardians/approvals";

const stopOf = ({ pause, cancel }: { readonly pause?: string | undefined; readonly cancel?: string | undefined }): Stop => (pause === undefined ? { cancel: cancel ?? "" } : { pause });
const actOf = ({ act, ...view }: StopView) => ({ ...view, target: act.target, proposalId: act.proposal, approvals: view.approvals.map((one) => ({ ...one })) });

/** What guardians may stop, and their approvals: read and prepared anywhere, relayed by a hospital's agent. No route signs anything. */
export function guardianHandlers({ context }: ApiParts): ApiHandlers<Key> {
  return {
    "GET /api/guardians": async ({ response }) => {
      const { acts, guardians, ...rest } = await viewGuardians(context);
      answer(response, guardiansView, { ...rest, guardians: guardians.map((one) => ({ ...one })), acts: acts.map(actOf) });
    },
    "POST /api/guardians/approvals/prepare": async ({ request, response }) => {
      const { guardian, until, ...stop } = await jsonBody(request, response, approvalPrepareIn);
      const { view, typedData } = await prepareApproval(context, stopOf(stop), guardian, until);
      answer(response, approvalPrepared, { act: actOf(view), typedData: typedDataOf(typedData) });
    },
    "POST /api/guardians/approvals": async ({ request, response }) => {
      const { guardian, until, signature, ...stop } = await jsonBody(request, response, approvalIn);
      const { receipt, approvals, needed, done } = await relayApproval(hospitalOf(context), stopOf(stop), { guardian, until, signature });
      answer(response, approvalRelayed, { receipt, approvals: approvals.map((one) => ({ ...one })), needed, done }, 201);
    },
  };
}
