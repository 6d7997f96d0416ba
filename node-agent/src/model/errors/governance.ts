import { entry } from "./entry.ts";

export const governanceErrors = {
  COUNCIL_MISSING: entry({
    status: 409,
    title: "No Council here",
    message: () => `this agent's configuration names no Council`,
    hint: "Set chain.contracts.council and chain.contracts.timelock to the addresses the consortium hands out, and restart the agent.",
  }),
  PROPOSAL_UNKNOWN: entry<{ proposal: string }>({
    status: 404,
    title: "No such proposal",
    message: (d) => `the Council knows no proposal ${d.proposal}`,
    hint: "`fiducial member list --proposals` shows all of them; one made a moment ago appears with the next block.",
  }),
  PROPOSAL_EXISTS: entry<{ proposal: string; state: string }>({
    status: 409,
    title: "Proposed before",
    message: (d) => `exactly this, with the same reason, was proposed before: proposal ${d.proposal}, ${d.state}`,
    hint: "A proposal is known by its calls and its description. If it is to be voted on again, give another reason.",
  }),
  PROPOSAL_STATE: entry<{ proposal: string; state: string; wanted: string; when: string }>({
    status: 409,
    title: "Not possible in this state of the proposal",
    message: (d) => `proposal ${d.proposal} is ${d.state}, it must be ${d.wanted} for this${d.when === "" ? "" : `: ${d.when}`}`,
    hint: "A proposal is pending, then active while the vote is open, succeeded when it carried, queued, and executed; each stage has its time.",
  }),
  PROPOSAL_CALLS_MALFORMED: entry<{ why: string }>({
    status: 400,
    title: "Not a proposal",
    message: (d) => `these calls are no proposal: ${d.why}`,
    hint: "`fiducial member propose --help` lists what can be proposed.",
  }),
  PROPOSAL_TRANSACTION_REFUSED: entry<{ why: string }>({
    status: 422,
    title: "Transaction not relayed",
    message: (d) => `this transaction is not relayed: ${d.why}`,
    hint: "An agent relays signed transactions to the Council only. Sign anew with `fiducial member`.",
  }),
  PROPOSAL_TRANSACTION_WAITS: entry<{ transaction: string; seconds: number }>({
    status: 503,
    title: "Transaction not mined yet",
    message: (d) => `transaction ${d.transaction} was handed to the chain node ${d.seconds} s ago and is in no block yet`,
    hint: "It may still be mined. Handing the same transaction in again is harmless.",
  }),
  GUARDIANS_MISSING: entry({
    status: 409,
    title: "No guardians' panel here",
    message: () => `this agent's configuration names no panel of guardians`,
    hint: "Set chain.contracts.guardianPanel to the address the consortium hands out, and restart the agent. A consortium founded without a panel has none.",
  }),
  GUARDIAN_UNKNOWN: entry<{ guardian: string; panel: string }>({
    status: 403,
    title: "Not a guardian",
    message: (d) => `${d.guardian} does not sit on the guardians' panel ${d.panel}`,
    hint: "`fiducial member guardians` lists who does. The members change them by vote: `fiducial member propose guardian`.",
  }),
  STOP_REFUSED: entry<{ what: string; why: string }>({
    status: 409,
    title: "Guardians cannot stop this",
    message: (d) => `the guardians cannot stop ${d.what}: ${d.why}`,
    hint: "`fiducial member guardians` lists what can be stopped now, and what is stopped already.",
  }),
  APPROVAL_SIGNATURE_INVALID: entry({
    status: 422,
    title: "Approval not signed by the guardian",
    message: () => `the signature is not the guardian's over this approval`,
    hint: "Sign the approval again, with the guardian's key; an approval carries a number that is used up by every approval of this key.",
  }),
  VOTE_MISSING: entry<{ voter: string; proposal: string }>({
    status: 403,
    title: "No vote on this proposal",
    message: (d) => `${d.voter} had no vote when proposal ${d.proposal} was put to the vote`,
    hint: "The governor key of a hospital that was Active then has one; a member admitted or reinstated later votes on the next proposal.",
  }),
  VOTE_UNKNOWN_CODE: entry<{ proposal: string; contract: string; implementation: string }>({
    status: 409,
    title: "Upgrade to unknown code",
    message: (d) => `${d.proposal} puts the code at ${d.implementation} behind ${d.contract}, and your agent's copy of the source does not contain that code`,
    hint: "Get the source of the new version, build it, run an agent of it and look again: then the code is compared byte for byte. --unknown-code votes for it unread.",
  }),
  VOTE_CAST: entry<{ voter: string; choice: string }>({
    status: 409,
    title: "Voted already",
    message: (d) => `${d.voter} has already voted: ${d.choice}`,
    hint: "A vote is cast once and stands.",
  }),
  VOTE_SIGNATURE_INVALID: entry({
    status: 422,
    title: "Ballot not signed by the voter",
    message: () => `the signature is not the voter's over this ballot`,
    hint: "Sign the ballot again, with the governor's key; a ballot carries a number that is used up by every vote of this key.",
  }),
} as const;
