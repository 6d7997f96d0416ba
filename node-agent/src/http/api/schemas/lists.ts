import { z } from "zod";
import { consentView, memberView, requestView } from "./chain.ts";
import { account, attestation, study } from "./work.ts";

/** Lists are objects, so that something can be said beside the items later. */
export const studyList = z.strictObject({ studies: z.array(study) });
export const consentList = z.strictObject({ consents: z.array(consentView) });
export const attestationList = z.strictObject({ attestations: z.array(attestation) });
export const requestList = z.strictObject({ requests: z.array(requestView) });
export const memberList = z.strictObject({ members: z.array(memberView) });
export const accountList = z.strictObject({ accounts: z.array(account) });
