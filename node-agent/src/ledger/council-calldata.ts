import { keccak_256 } from "@noble/hashes/sha3.js";
import { encodeParameters } from "web3-eth-abi";
import type { ProposalContent, ProposalId, ProposedCall, VoteChoice } from "../model/governance.ts";
import { voteChoices } from "../model/governance.ts";
import { type Address, digest } from "../model/ids.ts";
import type { TypedData } from "../model/typed-data.ts";
import type { CouncilFunction } from "../ports/council.ts";
import { encodeCall } from "./abi-codec.ts";

const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString("hex")}`;
/** keccak256 of the description in UTF-8, as the Governor keeps it. */
export const descriptionHash = (description: string): `0x${string}` => hex(keccak_256(Buffer.from(description, "utf8")));

const lists = (calls: readonly ProposedCall[]): [Address[], string[], `0x${string}`[]] => [calls.map(({ target }) => target), calls.map(({ value }) => value), calls.map(({ data }) => data)];

/** What names a proposal by its content: targets, values, calldatas, and the hash of the description. */
export const contentLists = ({ calls, description }: ProposalContent): readonly unknown[] => [...lists(calls), descriptionHash(description)];

/** OpenZeppelin's Governor.hashProposal: keccak256(abi.encode(targets, values, calldatas, descriptionHash)). */
export function proposalIdOf({ calls, description }: ProposalContent): ProposalId {
  const encoded = encodeParameters(["address[]", "uint256[]", "bytes[]", "bytes32"], [...lists(calls), descriptionHash(description)]);
  return digest(hex(keccak_256(Buffer.from(encoded.slice(2), "hex"))));
}

/** Calldata of the Governor's functions that name a proposal by its content. */
export function councilCall(name: Exclude<CouncilFunction, "castVote" | "castVoteWithReason">, { calls, description }: ProposalContent): `0x${string}` {
  return encodeCall("council", name, [...lists(calls), name === "propose" ? description : descriptionHash(description)]);
}

export type SignedVote = { readonly id: ProposalId; readonly choice: VoteChoice; readonly reason: string; readonly voter: Address; readonly signature: `0x${string}` };

/** Calldata of a vote by signature. */
export const signedVoteCall = ({ id, choice, reason, voter, signature }: SignedVote): `0x${string}` =>
  reason === ""
    ? encodeCall("council", "castVoteBySig", [BigInt(id).toString(), voteChoices.indexOf(choice), voter, signature])
    : encodeCall("council", "castVoteWithReasonAndParamsBySig", [BigInt(id).toString(), voteChoices.indexOf(choice), voter, reason, "0x", signature]);

/** The ballot that a voter signs (EIP-712 "Fiducial Council", OpenZeppelin's Ballot, or ExtendedBallot with a reason). `nonce` is the Council's for this voter. */
export function ballotOf(chainId: number, council: Address, ballot: { readonly id: ProposalId; readonly choice: VoteChoice; readonly reason: string; readonly voter: Address; readonly nonce: bigint }): TypedData {
  const extended = ballot.reason !== "";
  const name = extended ? "ExtendedBallot" : "Ballot";
  return {
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
        { name: "chainId", type: "uint256" },
        { name: "verifyingContract", type: "address" },
      ],
      [name]: [
        { name: "proposalId", type: "uint256" },
        { name: "support", type: "uint8" },
        { name: "voter", type: "address" },
        { name: "nonce", type: "uint256" },
        ...(extended ? [{ name: "reason", type: "string" }, { name: "params", type: "bytes" }] : []),
      ],
    },
    primaryType: name,
    domain: { name: "Fiducial Council", version: "1", chainId, verifyingContract: council },
    message: { proposalId: BigInt(ballot.id).toString(), support: voteChoices.indexOf(ballot.choice), voter: ballot.voter, nonce: ballot.nonce.toString(), ...(extended ? { reason: ballot.reason, params: "0x" } : {}) },
  };
}
