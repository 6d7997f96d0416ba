import { z } from "zod";
import { longestReason, proposalStates, voteChoices } from "../../../model/governance.ts";
import { plainLine } from "../../../model/plain-text.ts";
import { addressIn, hex20, hex32, hexBytesIn, member, receipt, seconds, typedData } from "./values.ts";

/** How the members decide: answers and inputs of /api/council and /api/proposals. */
const choice = z.enum(voteChoices);
const reason = z.string().max(longestReason).refine((text) => text === plainLine(text), "a reason is one line without control characters").default("").describe("Why, for everybody to read: one line, never anything about a patient.");
const hexData = z.string().describe("0x and hex digits.");
export const proposalParam = z.strictObject({ proposal: z.string().regex(/^(?:[1-9]\d{0,8}|0x[0-9a-fA-F]{64})$/u, "a proposal is its number or its id").describe("Number of the proposal, or its id.") });

const call = z.strictObject({ target: hex20, value: z.string(), data: hexData });
const decoded = z
  .looseObject({ contract: z.string().nullable(), name: z.string().nullable(), args: z.record(z.string(), z.unknown()), call })
  .describe("A call in the contracts' own terms; name is null where this version cannot read it.");
const standing = z.strictObject({
  state: z.enum(proposalStates),
  votes: z.strictObject({ against: z.int(), for: z.int(), abstain: z.int() }),
  needed: z.int().nullable().describe("Votes in favour that carry it; null until the vote opens."),
  twoThirds: z.boolean(),
  guardiansOnly: z.boolean().describe("Deals with guardians only, so that no guardian may cancel it."),
  gracePeriod: z.int().describe("Seconds in which it must be queued, and executed."),
  snapshot: seconds.describe("Who has a vote is decided then; seconds since the epoch."),
  deadline: seconds.describe("The vote ends; seconds since the epoch."),
  eta: seconds.nullable().describe("May be executed from then on; null until queued."),
});
const storage = z.strictObject({
  contract: z.string(),
  implementation: hex20,
  source: z.enum(["known", "claimed", "unknown"]).describe("known: the new code is byte for byte that of this agent's own source. claimed: it is not, and the layout is the proposer's word. unknown: it is not, and nothing is told."),
  changes: z.array(z.string()).nullable().describe("What the upgrade does to the storage, against the committed layout; null where a layout is not known."),
  note: z.string(),
});
export const proposalView = z.strictObject({
  number: z.int(),
  id: hex32,
  text: z.string().describe("Why, in the proposer's words."),
  proposer: hex20,
  proposingMember: member.nullable(),
  proposedAt: seconds,
  does: z.array(z.string()).describe("What it will do, a sentence per call."),
  description: z.string().describe("The description exactly as proposed: the id is a hash over it and the calls."),
  calls: z.array(decoded),
  storage: z.array(storage).describe("One entry per upgrade among the calls."),
  standing,
  needs: z.string(),
  voters: z.array(z.strictObject({ member: member.nullable(), voter: hex20, choice, reason: z.string().describe("In the voter's words, one line; empty when none was given."), at: seconds })),
  missing: z.array(member).describe("Active hospitals that have not voted; empty once the vote is over."),
  next: z.string().describe("What comes next and the time that is left."),
  now: seconds.describe("The chain's time by which that was told, seconds since the epoch."),
});
export const proposalList = z.strictObject({ proposals: z.array(proposalView) });

const settings = z.record(z.string(), z.unknown());
export const council = z.strictObject({
  council: hex20,
  timelock: hex20,
  chainId: z.int(),
  rules: z.strictObject({ votingDelay: z.int(), votingPeriod: z.int(), gracePeriod: z.int(), minHospitals: z.int(), timelockDelay: z.int() }).describe("Seconds of block time; minHospitals counts members."),
  parameters: z.strictObject({ terms: settings, deadlines: settings, credit: settings }).describe("What the members may set by vote, as it is now; numbers as text, times in seconds."),
  contracts: z.record(z.string(), hex20).describe("Every contract of the consortium by its name in the configuration."),
});

const transaction = z.strictObject({ chainId: z.int(), to: hex20, data: hexData, nonce: z.int(), gas: z.int() }).describe("A legacy transaction of gas price 0 without value, for the key to sign away from the agent.");
const calldataIn = z.string().regex(/^0x(?:[0-9a-fA-F]{2}){0,32768}$/u, "0x and hex digits, 32768 bytes at most").transform((text) => text.toLowerCase() as `0x${string}`);
export const proposalPrepareIn = z.strictObject({
  proposer: addressIn.describe("The governor's address, whose key will sign."),
  calls: z.array(z.strictObject({ target: addressIn, value: z.literal("0").default("0"), data: calldataIn })).min(1).max(32),
  description: z.string().min(1).max(20_000),
});
export const proposalPrepared = z.strictObject({ id: hex32, does: z.array(z.string()), twoThirds: z.boolean(), transaction });
export const cancelPrepareIn = z.strictObject({ by: addressIn.describe("The proposer's address.") });
export const cancelPrepared = z.strictObject({ transaction });
export const votePrepareIn = z.strictObject({ voter: addressIn, choice, reason });
export const votePrepared = z.strictObject({ id: hex32, typedData });
export const voteIn = z.strictObject({ voter: addressIn, choice, reason, signature: hexBytesIn });
export const transactionIn = z.strictObject({ raw: z.string().regex(/^0x(?:[0-9a-fA-F]{2}){1,131072}$/u, "0x and hex digits").transform((text) => text.toLowerCase() as `0x${string}`) });
export const transactionRelayed = z.strictObject({ receipt, from: hex20, function: z.string().describe("The Council's function that was called.") });
