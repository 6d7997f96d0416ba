import { approveAttestation, listAttestations, proposeAttestation, rejectAttestation, withdrawAttestation } from "../../flows/attest-consent.ts";
import { hospitalOf } from "../../flows/context.ts";
import { jsonBody, parse } from "../server/json-body.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { attestationList } from "./schemas/lists.ts";
import { attestation, attestationIn, attestationParam, attestationWithdrawIn, recorded } from "./schemas/work.ts";
import { attestationOf } from "./views.ts";

type Key =
  | "GET /api/attestations"
  | "POST /api/attestations"
  | "POST /api/attestations/:attestation/approve"
  | "DELETE /api/attestations/:attestation"
  | "POST /api/attestations/withdraw";

/** Consents on paper under two-person control: one member of staff proposes, another approves. */
export function attestationHandlers({ context: given }: ApiParts): ApiHandlers<Key> {
  return {
    "GET /api/attestations": ({ response }) => {
      answer(response, attestationList, { attestations: listAttestations(hospitalOf(given)).map(attestationOf) });
    },
    "POST /api/attestations": async ({ request, response, who }) => {
      const { notBefore, ...rest } = await jsonBody(request, response, attestationIn);
      const proposed = proposeAttestation(hospitalOf(given), { ...rest, ...(notBefore === undefined ? {} : { notBefore }), by: who.name });
      answer(response, attestation, attestationOf(proposed), 201);
    },
    "POST /api/attestations/:attestation/approve": async ({ request, response, who }) => {
      const { attestation: proposal } = parse(attestationParam, request.params);
      answer(response, recorded, { receipt: await approveAttestation(hospitalOf(given), { proposal, by: who.name }) });
    },
    "DELETE /api/attestations/:attestation": ({ request, response }) => {
      rejectAttestation(hospitalOf(given), parse(attestationParam, request.params).attestation);
      response.status(204).end();
    },
    "POST /api/attestations/withdraw": async ({ request, response }) => {
      const input = await jsonBody(request, response, attestationWithdrawIn);
      answer(response, recorded, { receipt: await withdrawAttestation(hospitalOf(given), input) });
    },
  };
}
