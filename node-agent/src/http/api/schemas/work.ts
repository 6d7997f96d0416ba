import { z } from "zod";
import { roles } from "../../../ports/accounts.ts";
import { isUid } from "../../../model/ids.ts";
import { consentView, progress, requestView } from "./chain.ts";
import {
  addressIn, digestIn, hex20, hex32, hexBytesIn, member, memberIn, memberTextIn, milliseconds, purpose, purposeIn, purposesIn, receipt, requestIdIn, seconds, secondsIn, studyIdIn, typedData,
} from "./values.ts";

const name = z.string().min(1).max(128);

export const sessionIn = z.strictObject({ name, password: z.string().min(1).max(1024) });
export const principal = z.strictObject({ name: z.string(), roles: z.array(z.enum(roles)) });
export const session = z.strictObject({ token: z.string().describe("Send as Authorization: Bearer."), expiresAt: milliseconds, principal });
export const me = principal.extend({ member, memberName: z.string(), kind: z.enum(["hospital", "observer"]) });

/** A study in a path: by study id or by Study Instance UID. */
export const studyRef = z.union([studyIdIn, z.string().refine(isUid, "not a study id or UID")]);
export const studiesQuery = z.strictObject({
  scope: z.enum(["local", "offered"]).default("local").describe("local: held here; offered: elsewhere, with a consent for this hospital."),
  state: z.enum(["receiving", "settled", "rooted", "pinned", "registered", "fetching", "held", "dropped", "withdrawn"]).optional(),
  limit: z.string().regex(/^\d{1,4}$/u, "limit is 1 to 1000").transform(Number).pipe(z.int().min(1).max(1000)).default(100),
});
export const study = z.strictObject({
  study: hex32,
  uid: z.string().nullable().describe("Study Instance UID; null for auditors and for studies not held here."),
  role: z.enum(["custodian", "holder", "none"]),
  state: z.string(),
  complete: z.boolean().describe("false while a copy is still arriving: instances that are here already can be read, the study as a whole cannot."),
  custodian: member,
  patient: hex20.nullable(),
  version: z.int(),
  root: hex32.nullable(),
  instances: z.int(),
  request: hex32.nullable(),
  keepUntil: milliseconds.nullable(),
  droppedBecause: z.string().nullable(),
  description: z.string().nullable(),
  date: z.string().nullable(),
  modalities: z.array(z.string()),
  patientName: z.string().nullable(),
  patientId: z.string().nullable(),
});
export const studyDetail = study.extend({
  progress: progress.nullable(),
  replicas: z.array(member).describe("Members that keep a copy of the present root."),
  consents: z.array(consentView),
});
export const sealedStudy = z.strictObject({ study: hex32, state: z.string() });
export const eraseIn = z.strictObject({ confirm: z.literal("erase").describe("The word erase: there is no way back.") });
export const withdrawIn = z.strictObject({ reason: z.int().min(0).max(254).default(0).describe("Reason code kept on chain.") });

export const patientIn = z.strictObject({
  patientId: z.string().trim().min(1).max(64),
  issuer: z.string().trim().max(64).default(""),
  xpub: z.string().min(100).max(120).describe("BIP-32 extended public key that the wallet derived for this hospital."),
});
export const patientOut = z.strictObject({ enrolled: z.boolean(), nextIndex: z.int() });

const window = { notBefore: secondsIn.optional().describe("Seconds since the epoch; now when left out."), expiry: secondsIn };
export const consentPrepareIn = z.strictObject({
  study: studyIdIn,
  grantee: memberIn.describe("0 means any active hospital."),
  purposes: purposesIn,
  ...window,
  creditAccount: addressIn.optional().describe("Credit account of the patient's choosing; naming one links these consents."),
});
const nonce = z.string().regex(/^\d{1,30}$/u, "a nonce is a decimal number").transform(BigInt);
const nonceOut = z.string().describe("Decimal.");
export const consentTermsIn = z.strictObject({ study: studyIdIn, grantee: memberIn, purposes: purposesIn, notBefore: secondsIn, expiry: secondsIn, creditAccount: addressIn, nonce });
export const revocationTermsIn = z.strictObject({ study: studyIdIn, grantee: memberIn, nonce });
const addressIndex = z.int().nullable().describe("Child index of the signing key in the patient's account for this hospital; null where this agent does not know it.");
export const consentPrepared = z.strictObject({
  terms: z.strictObject({ study: hex32, grantee: member, purposes: z.array(purpose), notBefore: seconds, expiry: seconds, creditAccount: hex20, nonce: nonceOut }),
  typedData,
  signer: hex20.describe("Address whose key must sign."),
  addressIndex,
});
export const revocationPrepareIn = z.strictObject({ study: studyIdIn, grantee: memberIn });
export const revocationPrepared = z.strictObject({
  terms: z.strictObject({ study: hex32, grantee: member, nonce: nonceOut }),
  typedData,
  signer: hex20,
  addressIndex,
});
const signed = {
  signer: hexBytesIn.optional().describe("20-byte address or ERC-7913 signer; by default the study's patient address."),
  signature: hexBytesIn,
};
export const consentSubmitIn = z.strictObject({ terms: consentTermsIn, ...signed });
export const revocationSubmitIn = z.strictObject({ terms: revocationTermsIn, ...signed });
export const recorded = z.strictObject({ receipt: receipt.nullable().describe("null when there was nothing to record on the chain.") });

export const attestationIn = z.strictObject({ study: studyIdIn, grantee: memberIn, purposes: purposesIn, ...window });
export const attestation = z.strictObject({
  proposal: z.string(),
  study: hex32,
  grantee: member,
  purposes: z.array(purpose),
  notBefore: seconds,
  expiry: seconds,
  proposedBy: z.string(),
  proposedAt: seconds,
});
export const attestationWithdrawIn = z.strictObject({ study: studyIdIn, grantee: memberIn });

export const requestIn = z.strictObject({
  study: studyIdIn,
  purpose: purposeIn,
  request: requestIdIn.optional().describe("Chosen by the caller so that a repeat is harmless; random by default."),
});
export const requestsQuery = z.strictObject({
  study: studyIdIn.optional(),
  direction: z.enum(["made", "received", "all"]).default("all").describe("made: by this member; received: about its studies."),
  state: z.enum(["denied", "granted", "delivered", "acknowledged", "disputed", "expired"]).optional(),
  limit: z.string().regex(/^\d{1,4}$/u, "limit is 1 to 1000").transform(Number).pipe(z.int().min(1).max(1000)).default(100),
});
export const requestDetail = requestView.extend({ progress: progress.nullable(), localState: z.string().nullable().describe("State of the copy at this agent."), fetch: z.enum(["automatic", "paused", "cancelled"]).nullable().describe("Whether a person holds the fetch back; null for other members' requests.") });

export const consentsQuery = z.strictObject({ study: studyIdIn });
export const reviewsQuery = z.strictObject({ state: z.enum(["pending", "justified", "notJustified", "all"]).default("pending") });
export const reviewPrepareIn = z.strictObject({
  request: requestIdIn,
  justified: z.boolean(),
  reasons: z.string().min(1).max(4000).describe("The reviewer's reasons; only a salted digest goes on chain. Keep them together with the salt."),
});
const reviewTerms = { request: requestIdIn, justified: z.boolean(), note: digestIn };
export const reviewPrepared = z.strictObject({ terms: z.strictObject({ request: hex32, justified: z.boolean(), note: hex32 }), typedData, salt: z.string() });
export const reviewSubmitIn = z.strictObject({ terms: z.strictObject(reviewTerms), reviewer: addressIn, signature: hexBytesIn });
export const disputeIn = z.strictObject({ reason: z.int().min(0).max(255).describe("Reason code kept on chain.") });

export const accountIn = z.strictObject({
  name,
  password: z.string().min(10).max(1024),
  roles: z.array(z.enum(roles)).min(1).max(roles.length),
  patient: z.strictObject({ patientId: z.string().trim().min(1).max(64), issuer: z.string().trim().max(64).default("") }).nullable().default(null),
});
export const account = z.strictObject({ name: z.string(), roles: z.array(z.enum(roles)), linkedToPatient: z.boolean() });
export const memberParam = z.strictObject({ member: memberTextIn });
export const nameParam = z.strictObject({ name });
export const accountParam = z.strictObject({ account: addressIn });
export const requestParam = z.strictObject({ request: requestIdIn });
export const studyParam = z.strictObject({ study: studyRef });
export const attestationParam = z.strictObject({ attestation: z.string().min(1).max(100) });
