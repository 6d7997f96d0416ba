import type { ProposalId } from "./governance.ts";
import type { Address } from "./ids.ts";

/** What guardians can do together, and nothing else: stop the writes of a contract (`proposal` null), or cancel a proposal of the Council (`target`). */
export type StopAct = { readonly target: Address; readonly proposal: ProposalId | null };

/** A guardian's approval that counts now; `until` in seconds since the epoch. */
export type Approval = { readonly guardian: Address; readonly until: number };

/** Who sits on the panel, how many must agree, and whose writes they can stop. */
export type GuardianPanel = { readonly guardians: readonly Address[]; readonly threshold: number; readonly targets: readonly Address[] };

/** Longest time for which an approval counts, seconds; the same bound is in the contract. */
export const longestApproval = 7 * 86_400;

/** What each contract's brake stops, and what goes on meanwhile, for people. The contracts' interfaces say the same. */
export const brakeWords: Readonly<Record<string, { readonly stops: string; readonly stays: string }>> = {
  memberRegistry: {
    stops: "admissions, reinstatements, and changes of profiles, nodes and operators",
    stays: "suspensions, expulsions, the removal of an operator, another governor's key, votes, everything read",
  },
  studyRegistry: { stops: "the registration of studies and of new versions", stays: "the withdrawal of studies, requests and deliveries of those there are, everything read" },
  consentRegistry: { stops: "new consents, signed or on paper", stays: "every revocation, the withdrawal of paper consents, the consents there are, everything read" },
  accessLedger: { stops: "requests (emergencies too), deliveries, receipts, disputes and reviews", stays: "consents and revocations, everything read, studies that were fetched before" },
  creditLedger: { stops: "whatever moves a score: receipts, missed deadlines and rejected reviews wait with it", stays: "requests and deliveries, consents and revocations, everything read" },
};
