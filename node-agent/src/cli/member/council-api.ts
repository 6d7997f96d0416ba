import { fault } from "../../model/fault.ts";
import type { ProposalContent, ProposalStanding } from "../../model/governance.ts";
import { address } from "../../model/ids.ts";
import type { Client } from "../client.ts";
import { fields, moment, table } from "../text.ts";

/** Answers of /api/council and /api/proposals as the commands read them. */
export type CouncilInfo = {
  readonly council: `0x${string}`;
  readonly timelock: `0x${string}`;
  readonly chainId: number;
  readonly rules: Readonly<Record<"votingDelay" | "votingPeriod" | "gracePeriod" | "minHospitals" | "timelockDelay", number>>;
  readonly parameters: Readonly<Record<"terms" | "deadlines" | "credit", Readonly<Record<string, string>>>>;
  readonly contracts: Readonly<Record<string, `0x${string}`>>;
};
export type Call = { readonly target: `0x${string}`; readonly value: string; readonly data: `0x${string}` };
export type ProposalRow = {
  readonly number: number;
  readonly id: `0x${string}`;
  readonly text: string;
  readonly description: string;
  readonly proposer: string;
  readonly proposingMember: number | null;
  readonly proposedAt: number;
  readonly does: readonly string[];
  readonly calls: readonly { readonly call: Call }[];
  readonly storage: readonly { readonly contract: string; readonly implementation: string; readonly source: string; readonly changes: readonly string[] | null; readonly note: string }[];
  readonly standing: ProposalStanding;
  readonly needs: string;
  readonly voters: readonly { readonly member: number | null; readonly voter: string; readonly choice: string; readonly reason: string }[];
  readonly missing: readonly number[];
  readonly next: string;
  readonly now: number;
};

export const getCouncil = (client: Client): Promise<CouncilInfo> => client.get("/api/council");
export const getProposal = (client: Client, reference: string): Promise<ProposalRow> => client.get(`/api/proposals/${reference}`);
export const getProposals = async (client: Client): Promise<readonly ProposalRow[]> => (await client.get<{ readonly proposals: readonly ProposalRow[] }>("/api/proposals")).proposals;

/** What identifies a proposal. Throws TypeError where a target is no address. */
export const contentOf = (calls: readonly Call[], description: string): ProposalContent => ({ calls: calls.map(({ target, value, data }) => ({ target: address(target), value, data })), description });

/** A key signs only for what was shown: the id must be the hash over the calls and the description that the agent gave. Throws CLI_BAD_ANSWER. */
export async function demandSame(url: string, row: ProposalRow): Promise<void> {
  const { proposalIdOf } = await import("../../ledger/council-calldata.ts");
  if (proposalIdOf(contentOf(row.calls.map(({ call }) => call), row.description)) !== row.id) throw fault("CLI_BAD_ANSWER", { url, what: "the proposal shown is not the one of that id" });
}

/** One line per proposal. */
export const proposalTable = (rows: readonly ProposalRow[]): string =>
  table(
    ["PROPOSAL", "STATE", "FOR", "NEEDS", "WHAT", "NEXT"],
    rows.map(({ number, standing, does, next }) => [`p${number}`, standing.state, String(standing.votes.for), standing.needed === null ? (standing.twoThirds ? "2/3" : "1/2") : String(standing.needed), cut(does.join("; "), 70), next]),
    "No proposals.",
  );

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 3)}...` : text);

/** Everything about one proposal. */
export function proposalText(row: ProposalRow): string {
  const who = row.proposingMember === null ? row.proposer : `member ${row.proposingMember} (${row.proposer})`;
  const lines = [
    fields({ proposal: `p${row.number}`, state: `${row.standing.state}: ${row.next}`, needs: row.needs, "proposed by": `${who}, ${moment(row.proposedAt)}`, id: row.id }),
    "",
    "It will:",
    ...row.does.map((one) => `  - ${one}`),
    ...row.storage.flatMap(({ contract, implementation, changes, note }) => ["", `Storage of ${contract} under the code at ${implementation} (${note}):`, ...(changes ?? ["not known"]).map((one) => `  - ${one}`)]),
    "",
    "Because:",
    ...row.text.split("\n").map((one) => `  ${one}`),
    "",
    row.voters.length === 0 ? "Nobody has voted." : "Votes:",
    ...row.voters.map(({ member, voter, choice, reason }) => `  ${choice.padEnd(7)} ${member === null ? voter : `member ${member}`}${reason === "" ? "" : `: ${reason}`}`),
    ...(row.missing.length === 0 ? [] : [`Not yet: ${row.missing.map((member) => `member ${member}`).join(", ")}`]),
  ];
  return lines.join("\n");
}
