import { fault } from "../model/fault.ts";
import type { Address } from "../model/ids.ts";
import { purposeMask, purposes } from "../model/purpose.ts";
import type { ConsentTerms, Intent, RevocationTerms } from "../ports/ledger.ts";
import { encodeCall } from "./abi-codec.ts";
import { guardianCancelCall, pauseCall, signedApprovalCall } from "./guardian-calldata.ts";
import { councilCall, signedVoteCall } from "./council-calldata.ts";
import type { ContractAddresses } from "./contracts.ts";

export type ContractCall = { readonly to: Address; readonly data: `0x${string}` };

const consentStruct = ({ study, grantee, purposes: allowed, notBefore, expiry, creditAccount, nonce }: ConsentTerms) => [
  study,
  grantee,
  purposeMask(allowed),
  notBefore,
  expiry,
  creditAccount,
  nonce,
];
const revocationStruct = ({ study, grantee, nonce }: RevocationTerms) => [study, grantee, nonce];

function councilOf({ council }: ContractAddresses): Address {
  if (council === undefined || council === null) throw fault("COUNCIL_MISSING", {});
  return council;
}

function panelOf({ guardianPanel }: ContractAddresses): Address {
  if (guardianPanel === undefined || guardianPanel === null) throw fault("GUARDIANS_MISSING", {});
  return guardianPanel;
}

/** The contract call that carries out an intent. Pure: the same intent always gives the same bytes. */
export function callOf(intent: Intent, contracts: ContractAddresses): ContractCall {
  const { studyRegistry, consentRegistry, accessLedger } = contracts;
  switch (intent.kind) {
    case "registerStudy":
      return { to: studyRegistry, data: encodeCall("studyRegistry", "register", [intent.study, intent.patient, intent.root]) };
    case "supersedeStudy":
      return { to: studyRegistry, data: encodeCall("studyRegistry", "supersede", [intent.study, intent.expectedVersion, intent.root]) };
    case "withdrawStudy":
      return { to: studyRegistry, data: encodeCall("studyRegistry", "withdraw", [intent.study, intent.reason]) };
    case "grantConsent":
      return { to: consentRegistry, data: encodeCall("consentRegistry", "grantBySig", [consentStruct(intent.consent), intent.signer, intent.signature]) };
    case "revokeConsent":
      return { to: consentRegistry, data: encodeCall("consentRegistry", "revokeBySig", [revocationStruct(intent.revocation), intent.signer, intent.signature]) };
    case "attestConsent": {
      const args = [intent.study, intent.grantee, purposeMask(intent.purposes), intent.notBefore, intent.expiry];
      return { to: consentRegistry, data: encodeCall("consentRegistry", "attest", args) };
    }
    case "withdrawAttestation":
      return { to: consentRegistry, data: encodeCall("consentRegistry", "withdrawAttestation", [intent.study, intent.grantee]) };
    case "requestAccess":
      return { to: accessLedger, data: encodeCall("accessLedger", "request", [intent.request, intent.study, purposes.indexOf(intent.purpose)]) };
    case "deliverKey":
      return { to: accessLedger, data: encodeCall("accessLedger", "deliver", [intent.request, intent.keyDigest]) };
    case "acknowledgeAccess":
      return { to: accessLedger, data: encodeCall("accessLedger", "acknowledge", [intent.request, intent.receipt]) };
    case "disputeAccess":
      return { to: accessLedger, data: encodeCall("accessLedger", "dispute", [intent.request, intent.reason]) };
    case "expireRequest":
      return { to: accessLedger, data: encodeCall("accessLedger", "expire", [intent.request]) };
    case "reviewEmergency": {
      const review = [intent.request, intent.justified, intent.note];
      return { to: accessLedger, data: encodeCall("accessLedger", "reviewBySig", [review, intent.reviewer, intent.signature]) };
    }
    case "castVote":
      return { to: councilOf(contracts), data: signedVoteCall({ ...intent, id: intent.proposal }) };
    case "approveStop":
      return { to: panelOf(contracts), data: signedApprovalCall(intent.act, intent.until, intent.guardian, intent.signature) };
    case "pauseWrites":
      return { to: panelOf(contracts), data: pauseCall(intent.target) };
    case "cancelProposal":
      return { to: panelOf(contracts), data: guardianCancelCall(intent.content) };
    case "queueProposal":
      return { to: councilOf(contracts), data: councilCall("queue", intent.content) };
    case "executeProposal":
      return { to: councilOf(contracts), data: councilCall("execute", intent.content) };
    case "anchorLog":
      return { to: accessLedger, data: encodeCall("accessLedger", "anchorLog", [intent.previousRoot, intent.root, intent.size]) };
  }
}
