import { getEncodedEip712Data } from "web3-eth-abi";
import { type Digest, digest } from "../model/ids.ts";
import { purposeMask } from "../model/purpose.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { ConsentTerms, ReviewTerms, RevocationTerms } from "../ports/ledger.ts";
import type { ContractAddresses } from "./contracts.ts";

const domainType = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
] as const;

const consentType = [
  { name: "studyId", type: "bytes32" },
  { name: "grantee", type: "uint32" },
  { name: "purposes", type: "uint16" },
  { name: "notBefore", type: "uint48" },
  { name: "expiry", type: "uint48" },
  { name: "creditAccount", type: "address" },
  { name: "nonce", type: "uint256" },
] as const;

const revocationType = [
  { name: "studyId", type: "bytes32" },
  { name: "grantee", type: "uint32" },
  { name: "nonce", type: "uint256" },
] as const;

const reviewType = [
  { name: "requestId", type: "bytes32" },
  { name: "justified", type: "bool" },
  { name: "note", type: "bytes32" },
] as const;

/** EIP-712 documents of this chain and these contracts, as ConsentRegistry and AccessLedger hash them. */
export type TypedDataMaker = {
  consent(terms: ConsentTerms): TypedData;
  revocation(terms: RevocationTerms): TypedData;
  review(terms: ReviewTerms): TypedData;
};

export function createTypedDataMaker(chainId: number, contracts: ContractAddresses): TypedDataMaker {
  const consentDomain = { name: "Fiducial Consent", version: "1", chainId, verifyingContract: contracts.consentRegistry };
  const accessDomain = { name: "Fiducial Access", version: "1", chainId, verifyingContract: contracts.accessLedger };
  return {
    consent: ({ study, grantee, purposes, notBefore, expiry, creditAccount, nonce }) => ({
      types: { EIP712Domain: domainType, Consent: consentType },
      primaryType: "Consent",
      domain: consentDomain,
      message: { studyId: study, grantee, purposes: purposeMask(purposes), notBefore, expiry, creditAccount, nonce: nonce.toString() },
    }),
    revocation: ({ study, grantee, nonce }) => ({
      types: { EIP712Domain: domainType, Revocation: revocationType },
      primaryType: "Revocation",
      domain: consentDomain,
      message: { studyId: study, grantee, nonce: nonce.toString() },
    }),
    review: ({ request, justified, note }) => ({
      types: { EIP712Domain: domainType, Review: reviewType },
      primaryType: "Review",
      domain: accessDomain,
      message: { requestId: request, justified, note },
    }),
  };
}

/** The 32 bytes a signature over the document is made of (EIP-712, `eth_signTypedData_v4`). */
export const hashTypedData = (document: TypedData): Digest =>
  digest(getEncodedEip712Data(document as unknown as Parameters<typeof getEncodedEip712Data>[0], true));
