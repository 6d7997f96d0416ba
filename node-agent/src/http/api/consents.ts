import { grantConsent, prepareConsent, prepareRevocation, revokeConsent } from "../../flows/consent.ts";
import { type FlowContext, hospitalOf } from "../../flows/context.ts";
import { fault } from "../../model/fault.ts";
import type { Address, StudyId } from "../../model/ids.ts";
import { jsonBody, parse } from "../server/json-body.ts";
import { demandOwn } from "./ownership.ts";
import { answer, type ApiHandlers, type ApiParts } from "./parts.ts";
import { consentList } from "./schemas/lists.ts";
import { consentPrepared, consentPrepareIn, consentsQuery, consentSubmitIn, recorded, revocationPrepared, revocationPrepareIn, revocationSubmitIn } from "./schemas/work.ts";
import { consentOf, typedDataOf } from "./views.ts";

type Key = "GET /api/consents" | "POST /api/consents/prepare" | "POST /api/consents" | "POST /api/revocations/prepare" | "POST /api/revocations";

/** Child index of the address in the patient's account for this hospital, where this hospital made the address. */
const indexOf = (context: FlowContext, patient: Address): number | null =>
  context.role === "hospital" ? (context.catalogue.patientOf(patient)?.index ?? null) : null;

function patientOf(context: FlowContext, study: StudyId): Address {
  const view = context.ledgerIndex.study(study);
  if (view === null) throw fault("STUDY_UNKNOWN", { study });
  return view.patient;
}

/**
 * Consents: prepared here, signed in the patient's wallet, relayed here. A signature is its own authority (any member relays), so a
 * clinician may relay one that a patient signed elsewhere; a patient account is held to its own studies.
 */
export function consentHandlers({ context: given }: ApiParts): ApiHandlers<Key> {
  return {
    "GET /api/consents": ({ request, response, who }) => {
      const { study } = parse(consentsQuery, request.query);
      demandOwn(given, who, study);
      answer(response, consentList, { consents: given.ledgerIndex.consents(study).map(consentOf) });
    },
    "POST /api/consents/prepare": async ({ request, response, who }) => {
      const { notBefore, creditAccount, ...rest } = await jsonBody(request, response, consentPrepareIn);
      demandOwn(given, who, rest.study);
      const proposal = { ...rest, ...(notBefore === undefined ? {} : { notBefore }), ...(creditAccount === undefined ? {} : { creditAccount }) };
      const { terms, typedData, patient } = await prepareConsent(given, proposal);
      const shown = { ...terms, purposes: [...terms.purposes], nonce: String(terms.nonce) };
      answer(response, consentPrepared, { terms: shown, typedData: typedDataOf(typedData), signer: patient, addressIndex: indexOf(given, patient) });
    },
    "POST /api/consents": async ({ request, response, who }) => {
      const { terms, signer, signature } = await jsonBody(request, response, consentSubmitIn);
      demandOwn(given, who, terms.study);
      const receipt = await grantConsent(hospitalOf(given), { terms, signer: signer ?? patientOf(given, terms.study), signature });
      answer(response, recorded, { receipt }, 201);
    },
    "POST /api/revocations/prepare": async ({ request, response, who }) => {
      const input = await jsonBody(request, response, revocationPrepareIn);
      demandOwn(given, who, input.study);
      const { terms, typedData, patient } = await prepareRevocation(given, input);
      const shown = { study: terms.study, grantee: terms.grantee, nonce: String(terms.nonce) };
      answer(response, revocationPrepared, { terms: shown, typedData: typedDataOf(typedData), signer: patient, addressIndex: indexOf(given, patient) });
    },
    "POST /api/revocations": async ({ request, response, who }) => {
      const { terms, signer, signature } = await jsonBody(request, response, revocationSubmitIn);
      demandOwn(given, who, terms.study);
      const receipt = await revokeConsent(hospitalOf(given), { terms, signer: signer ?? patientOf(given, terms.study), signature });
      answer(response, recorded, { receipt }, 201);
    },
  };
}
