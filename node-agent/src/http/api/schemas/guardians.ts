import { z } from "zod";
import { addressIn, hex20, hex32, hexBytesIn, member, receipt, seconds, typedData } from "./values.ts";

/** The guardians' panel: answers and inputs of /api/guardians. */
const approval = z.strictObject({ guardian: hex20, until: seconds.describe("Counts until then; seconds since the epoch.") });
const act = z.strictObject({
  target: hex20.describe("The contract whose writes are to stop, or the Council."),
  proposalId: hex32.nullable().describe("The proposal to be canceled; null for a pause."),
  contract: z.string().nullable().describe("Name of the contract in the configuration; null for a proposal."),
  proposal: z.int().nullable().describe("Number of the proposal; null for a pause."),
  stops: z.string().describe("What would be stopped, in words."),
  stays: z.string().describe("What stays possible meanwhile, in words."),
  state: z.enum(["open", "done", "never"]).describe("open: guardians can stop it; done: it is stopped; never: they cannot."),
  approvals: z.array(approval).describe("Approvals that count now."),
  needed: z.int().describe("How many guardians must approve."),
});
export const guardiansView = z.strictObject({
  panel: hex20,
  threshold: z.int().describe("How many of the guardians must agree."),
  guardians: z.array(z.strictObject({ guardian: hex20, governorOf: member.nullable().describe("The member whose governor it is; null for a key appointed for this.") })),
  acts: z.array(act).describe("Every brake, and every proposal that is not final."),
  now: seconds.describe("The chain's time, seconds since the epoch."),
});
const stop = {
  pause: z.string().max(40).optional().describe("The contract whose writes are to stop, by its name in the configuration."),
  cancel: z.string().regex(/^(?:[1-9]\d{0,8}|0x[0-9a-fA-F]{64})$/u, "a proposal is its number or its id").optional().describe("The proposal to be canceled, by number or id."),
  guardian: addressIn,
  until: z.int().min(0).max(2 ** 47).describe("Until when the approval counts, seconds since the epoch, 7 days ahead at most; 0 takes it back."),
};
const one = ({ pause, cancel }: { readonly pause?: string | undefined; readonly cancel?: string | undefined }): boolean => (pause === undefined) !== (cancel === undefined);
const both = { error: "give either pause or cancel" };
export const approvalPrepareIn = z.strictObject(stop).refine(one, both);
export const approvalPrepared = z.strictObject({ act, typedData });
export const approvalIn = z.strictObject({ ...stop, signature: hexBytesIn }).refine(one, both);
export const approvalRelayed = z.strictObject({ receipt, approvals: z.array(approval), needed: z.int(), done: receipt.nullable().describe("The transaction that stopped it, once enough guardians agreed.") });
