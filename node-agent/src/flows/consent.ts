import { fault } from "../model/fault.ts";
import type { Address, MemberId, StudyId } from "../model/ids.ts";
import { address } from "../model/ids.ts";
import type { StudyView } from "../model/ledger-views.ts";
import type { Purpose } from "../model/purpose.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { ConsentTerms, Receipt, RevocationTerms } from "../ports/ledger.ts";
import type { FlowContext, HospitalContext } from "./context.ts";
import { whenIndexed } from "./when-indexed.ts";

export type ConsentProposal = {
  readonly study: StudyId;
  /** 0: any Active hospital. */
  readonly grantee: MemberId;
  readonly purposes: readonly Purpose[];
  /** Seconds since the epoch; now when left out. */
  readonly notBefore?: number;
  readonly expiry: number;
  /** Account that earns the patient's credit; none when left out. */
  readonly creditAccount?: Address;
};
/** A document for the patient's wallet and the terms to send back with the signature. */
export type Prepared<Terms> = { readonly terms: Terms; readonly typedData: TypedData; readonly patient: Address };
export type Signed<Terms> = { readonly terms: Terms; readonly signer: `0x${string}`; readonly signature: `0x${string}` };

export const noAddress = address(`0x${"0".repeat(40)}`);

/** A study that is on chain and offered. Throws STUDY_UNKNOWN, STUDY_WITHDRAWN. */
export function activeStudy(context: FlowContext, study: StudyId): StudyView {
  const view = context.ledgerIndex.study(study);
  if (view === null) throw fault("STUDY_UNKNOWN", { study });
  if (view.status !== "active") throw fault("STUDY_WITHDRAWN", { study });
  return view;
}

/** Throws CONSENT_PURPOSE and CONSENT_EXPIRED_TERMS for terms no contract would take. */
export function checkTerms(context: FlowContext, terms: { readonly purposes: readonly Purpose[]; readonly notBefore: number; readonly expiry: number }): void {
  if (terms.purposes.length === 0 || terms.purposes.includes("ETREAT")) throw fault("CONSENT_PURPOSE", {});
  if (terms.expiry <= terms.notBefore || terms.expiry * 1000 <= context.clock.now()) throw fault("CONSENT_EXPIRED_TERMS", {});
}

/** Prepares the EIP-712 consent for the patient's wallet, with the nonce the chain expects next. Throws STUDY_UNKNOWN, STUDY_WITHDRAWN, CONSENT_PURPOSE, CONSENT_EXPIRED_TERMS. */
export async function prepareConsent(context: FlowContext, proposal: ConsentProposal): Promise<Prepared<ConsentTerms>> {
  const { patient } = activeStudy(context, proposal.study);
  const { study, grantee, purposes, expiry } = proposal;
  const notBefore = proposal.notBefore ?? Math.floor(context.clock.now() / 1000);
  checkTerms(context, { purposes, notBefore, expiry });
  const nonce = await context.reader.consentNonce(study, grantee);
  const terms: ConsentTerms = { study, grantee, purposes, notBefore, expiry, creditAccount: proposal.creditAccount ?? noAddress, nonce };
  return { terms, typedData: context.reader.consentTypedData(terms), patient };
}

/** Prepares the EIP-712 revocation for the patient's wallet. Throws STUDY_UNKNOWN. */
export async function prepareRevocation(context: FlowContext, input: { readonly study: StudyId; readonly grantee: MemberId }): Promise<Prepared<RevocationTerms>> {
  const view = context.ledgerIndex.study(input.study);
  if (view === null) throw fault("STUDY_UNKNOWN", { study: input.study });
  const terms: RevocationTerms = { ...input, nonce: await context.reader.consentNonce(input.study, input.grantee) };
  return { terms, typedData: context.reader.revocationTypedData(terms), patient: view.patient };
}

async function checkNonce(context: FlowContext, terms: RevocationTerms): Promise<void> {
  const expected = await context.reader.consentNonce(terms.study, terms.grantee);
  if (expected !== terms.nonce) throw fault("CONSENT_STALE_NONCE", { expected: String(expected), given: String(terms.nonce) });
}

async function relay(context: HospitalContext, name: string, terms: RevocationTerms, work: () => Promise<Receipt>, typedData: TypedData, signed: Signed<unknown>): Promise<Receipt> {
  const known = context.ledgerIndex.study(terms.study);
  if (known === null) throw fault("STUDY_UNKNOWN", { study: terms.study });
  await checkNonce(context, terms);
  // An ERC-7913 signer names a key, not an address: only the contract can tell whose it is.
  const named = signed.signer.length !== 42 || signed.signer.toLowerCase() === known.patient;
  if (!named || !(await context.reader.verifySignature(typedData, signed.signer, signed.signature))) throw fault("CONSENT_SIGNATURE_INVALID", {});
  const receipt = await work();
  context.log.info(`${name} relayed`, { study: terms.study, grantee: terms.grantee, block: receipt.block });
  await whenIndexed(context, receipt.block);
  return receipt;
}

/**
 * Checks the patient's signature here and relays it; the consent stands when this resolves. Any hospital's agent may relay. Throws
 * CONSENT_SIGNATURE_INVALID, CONSENT_STALE_NONCE (a replay), CONSENT_EXPIRED_TERMS, CONSENT_PURPOSE, LEDGER_REVERTED.
 */
export async function grantConsent(context: HospitalContext, signed: Signed<ConsentTerms>): Promise<Receipt> {
  const { terms, signer, signature } = signed;
  checkTerms(context, terms);
  const submit = () => context.writer.submit(`consent:${terms.study}:${terms.grantee}:${terms.nonce}`, { kind: "grantConsent", consent: terms, signer, signature }, context.signal);
  return await relay(context, "consent", terms, submit, context.reader.consentTypedData(terms), signed);
}

/** Checks and relays the patient's revocation; from its block on no key is released and holders drop their copies. Throws as `grantConsent`. */
export async function revokeConsent(context: HospitalContext, signed: Signed<RevocationTerms>): Promise<Receipt> {
  const { terms, signer, signature } = signed;
  const submit = () => context.writer.submit(`revocation:${terms.study}:${terms.grantee}:${terms.nonce}`, { kind: "revokeConsent", revocation: terms, signer, signature }, context.signal);
  return await relay(context, "revocation", terms, submit, context.reader.revocationTypedData(terms), signed);
}
