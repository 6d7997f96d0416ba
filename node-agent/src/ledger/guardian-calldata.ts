import type { ProposalContent, ProposalId } from "../model/governance.ts";
import type { StopAct } from "../model/guardians.ts";
import type { Address } from "../model/ids.ts";
import type { TypedData } from "../model/typed-data.ts";
import { encodeCall } from "./abi-codec.ts";
import { contentLists } from "./council-calldata.ts";

/** How the panel names what is to be canceled: 0 for a pause. Decimal text. */
export const proposalNumber = (proposal: ProposalId | null): string => (proposal === null ? "0" : BigInt(proposal).toString());

/** What a guardian signs (EIP-712 "Fiducial Guardians"). `nonce` is the panel's for this guardian. */
export function approvalDocument(chainId: number, panel: Address, { act, until, nonce }: { readonly act: StopAct; readonly until: number; readonly nonce: bigint }): TypedData {
  return {
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
        { name: "chainId", type: "uint256" },
        { name: "verifyingContract", type: "address" },
      ],
      Approval: [
        { name: "target", type: "address" },
        { name: "proposal", type: "uint256" },
        { name: "until", type: "uint48" },
        { name: "nonce", type: "uint256" },
      ],
    },
    primaryType: "Approval",
    domain: { name: "Fiducial Guardians", version: "1", chainId, verifyingContract: panel },
    message: { target: act.target, proposal: proposalNumber(act.proposal), until, nonce: nonce.toString() },
  };
}

/** Calldata of an approval by signature. */
export const signedApprovalCall = ({ target, proposal }: StopAct, until: number, guardian: Address, signature: `0x${string}`): `0x${string}` =>
  encodeCall("guardianPanel", "approveBySig", [target, proposalNumber(proposal), until, guardian, signature]);

/** Calldata by which the panel stops a contract's writes. */
export const pauseCall = (target: Address): `0x${string}` => encodeCall("guardianPanel", "pause", [target]);

/** Calldata by which the panel cancels a proposal. */
export const guardianCancelCall = (content: ProposalContent): `0x${string}` => encodeCall("guardianPanel", "cancel", contentLists(content));
