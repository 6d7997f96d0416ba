import { type Command, InvalidArgumentError } from "commander";
import { isFault } from "../../model/fault.ts";
import type { MemberRow } from "../api.ts";
import type { Client } from "../client.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { fields, table } from "../text.ts";
import { makeKeyFile } from "../key-file.ts";
import { memberOption, proposalOption } from "../values.ts";
import { registerAdvance } from "./advance.ts";
import { registerCancel } from "./cancel.ts";
import { registerGuardians } from "./guardians.ts";
import { getProposal, getProposals, type ProposalRow, proposalTable, proposalText } from "./council-api.ts";
import { registerOwnEntry } from "./own-entry.ts";
import { registerPropose } from "./propose/group.ts";
import { registerSubmit } from "./submit.ts";
import { registerVote } from "./vote.ts";

/** A member by its number, or a proposal by p and its number, or by its id. */
function subjectOption(text: string): { readonly member: number } | { readonly proposal: string } {
  if (/^\d/u.test(text) && !text.startsWith("0x")) return { member: memberOption(text) };
  if (/^(?:p\d|0x)/u.test(text)) return { proposal: proposalOption(text) };
  throw new InvalidArgumentError("a member is a number, a proposal p and a number.");
}

const finished = new Set(["defeated", "canceled", "expired", "executed"]);

const help = `
Examples:
  fiducial member list
  fiducial member propose suspend 3 --why "no answer to the audit of May" --key-file governor.key
  fiducial member show p4
  fiducial member vote p4 --for --key-file governor.key
  fiducial member queue p4 --wait
  fiducial member execute p4 --wait
  fiducial member guardians
  fiducial member cancel p4 --key-file guardian.key
`;

/** `fiducial member ...` */
export function registerMember(program: Command, io: Io): void {
  const member = program.command("member").description("institutions of the consortium, and what they decide by vote").addHelpText("after", help);
  registerOwnEntry(member, io);
  member
    .command("list")
    .description("all members, and the proposals that are open for those who may see them")
    .option("--proposals", "all proposals instead, whatever became of them")
    .action(async (options: { readonly proposals?: boolean }, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      if (options.proposals === true) {
        const proposals = await getProposals(client);
        return context.result({ proposals }, () => proposalTable(proposals));
      }
      const { members } = await client.get<{ readonly members: readonly MemberRow[] }>("/api/members");
      const { roles } = await client.get<{ readonly roles: readonly string[] }>("/api/me");
      // Whoever may not see proposals, and a consortium that has none, list the members alone.
      const governs = roles.some((role) => role === "admin" || role === "auditor");
      const proposals = governs ? (await openProposals(client)) : [];
      context.result({ members, ...(governs ? { proposals } : {}) }, () => {
        const listed = table(
          ["MEMBER", "NAME", "KIND", "STATUS", "ENDPOINT"],
          members.map((row) => [`${row.id}${row.self ? " (here)" : ""}`, row.profile.displayName, row.kind, row.status, row.profile.endpoint]),
          "No members.",
        );
        return proposals.length === 0 ? listed : `${listed}\n\n${proposalTable(proposals)}`;
      });
    });
  member
    .command("show")
    .description("one member with its registered keys, or one proposal: what it will do, what it needs, who voted")
    .argument("<subject>", "member number, or p1, p2, ... for a proposal", subjectOption)
    .action(async (subject: ReturnType<typeof subjectOption>, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      if ("proposal" in subject) {
        const proposal = await getProposal(client, subject.proposal);
        return context.result(proposal, () => proposalText(proposal));
      }
      const row = await client.get<MemberRow>(`/api/members/${subject.member}`);
      context.result(row, () =>
        fields({
          member: row.id,
          name: row.profile.displayName,
          kind: row.kind,
          status: row.status,
          endpoint: row.profile.endpoint || null,
          "openpgp certificate": row.profile.openpgpSha256,
          "tls key": row.profile.spkiSha256,
          governor: row.governor,
          operators: row.operators.join(", ") || null,
        }),
      );
    });
  member
    .command("key")
    .description("make a governor's or guardian's key; keep it away from the agent")
    .requiredOption("--out <file>", "new file for the key; keep it offline")
    .action(async (options: { readonly out: string }, command: Command) => {
      const address = await makeKeyFile(options.out);
      contextOf(command, io).result({ file: options.out, address }, () => `Written to ${options.out}. Address: ${address}`);
    });
  registerPropose(member, io);
  registerVote(member, io);
  registerAdvance(member, io);
  registerCancel(member, io);
  registerGuardians(member, io);
  registerSubmit(member, io);
}

/** Proposals on which something can still happen; none where a key governs. */
async function openProposals(client: Client): Promise<readonly ProposalRow[]> {
  try {
    return (await getProposals(client)).filter(({ standing }) => !finished.has(standing.state));
  } catch (error) {
    if (isFault(error, "CLI_ANSWER") && error.details.code === "COUNCIL_MISSING") return [];
    throw error;
  }
}
