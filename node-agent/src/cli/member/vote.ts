import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import { longestReason, type VoteChoice } from "../../model/governance.ts";
import { plainLine } from "../../model/plain-text.ts";
import type { TypedData } from "../../model/typed-data.ts";
import { signTypedData } from "../../wallet/sign.ts";
import { type Recorded, recordedText } from "../api.ts";
import { type Context, contextOf } from "../context.ts";
import { writeNew } from "../files.ts";
import type { Io } from "../io.ts";
import { readKeyFile } from "../key-file.ts";
import { proposalOption } from "../values.ts";
import { demandSame, getCouncil, getProposal, type ProposalRow } from "./council-api.ts";
import { addressOf } from "./signing.ts";

type Options = { readonly for?: boolean; readonly against?: boolean; readonly abstain?: boolean; readonly why?: string; readonly unknownCode?: boolean; readonly keyFile: string; readonly out?: string };

function choiceOf(options: Options): VoteChoice {
  const given = (["for", "against", "abstain"] as const).filter((choice) => options[choice] === true);
  const [choice] = given;
  if (choice === undefined || given.length > 1) throw fault("CLI_USAGE", { why: "give one of --for, --against and --abstain" });
  return choice;
}

/** Throws CLI_USAGE where the reason could not be shown as it was given. */
function reasonOf(why: string | undefined): string {
  const reason = (why ?? "").trim();
  if (reason !== plainLine(reason)) throw fault("CLI_USAGE", { why: "--why takes one line without control characters" });
  if (reason.length > longestReason) throw fault("CLI_USAGE", { why: `--why takes ${longestReason} characters at most, and this has ${reason.length}` });
  return reason;
}

/** A vote for code that nobody here can read must be meant. Says so loudly in any case. Throws VOTE_UNKNOWN_CODE. */
function demandKnownCode({ number, storage }: ProposalRow, choice: VoteChoice, meant: boolean, context: Context): void {
  const strange = storage.filter(({ source }) => source !== "known");
  for (const { contract, implementation, note } of strange) context.note(`${contract} would run the code at ${implementation}. ${note}.`);
  const [first] = strange;
  if (first !== undefined && choice === "for" && !meant) throw fault("VOTE_UNKNOWN_CODE", { proposal: `p${number}`, contract: first.contract, implementation: first.implementation });
}

function demandBallot(url: string, typedData: TypedData, wanted: { readonly id: string; readonly council: string; readonly chainId: number; readonly choice: VoteChoice; readonly reason: string; readonly voter: string }): void {
  const { message, domain, primaryType } = typedData;
  const support = ["against", "for", "abstain"].indexOf(wanted.choice);
  const right =
    primaryType === (wanted.reason === "" ? "Ballot" : "ExtendedBallot") &&
    (wanted.reason === "" || (message["reason"] === wanted.reason && message["params"] === "0x")) &&
    domain.chainId === wanted.chainId &&
    domain.verifyingContract.toLowerCase() === wanted.council.toLowerCase() &&
    message["proposalId"] === BigInt(wanted.id).toString() &&
    message["support"] === support &&
    String(message["voter"]).toLowerCase() === wanted.voter;
  if (!right) throw fault("CLI_BAD_ANSWER", { url, what: "the ballot is not the one that was asked for" });
}

/** `fiducial member vote` */
export function registerVote(member: Command, io: Io): void {
  member
    .command("vote")
    .description("vote on a proposal with the governor's key, which stays here; any hospital's agent relays the signed ballot")
    .argument("<proposal>", "p1, p2, ... as `fiducial member list` shows them", proposalOption)
    .option("--for", "in favour")
    .option("--against", "against it; a proposal lacking votes fails as well")
    .option("--abstain", "neither")
    .option("--why <text>", "the reason, one line for everybody to read: never anything about a patient")
    .option("--unknown-code", "vote for an upgrade to code that your agent's source does not contain")
    .requiredOption("--key-file <file>", "the governor's key")
    .option("--out <file>", "keep the signed ballot in a new file instead of sending it")
    .addHelpText("after", "\nExample:\n  fiducial member vote p4 --against --why \"two deliveries are still open\" --key-file governor.key\n")
    .action(async (reference: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const choice = choiceOf(options);
      const reason = reasonOf(options.why);
      const client = await context.client();
      const [council, row] = [await getCouncil(client), await getProposal(client, reference)];
      await demandSame(client.url, row);
      context.note(`p${row.number} will:\n${row.does.map((one) => `  - ${one}`).join("\n")}`);
      demandKnownCode(row, choice, options.unknownCode === true, context);
      const voter = await addressOf(options.keyFile, council.chainId);
      const { typedData } = await client.post<{ readonly typedData: TypedData }>(`/api/proposals/${row.id}/ballot`, { voter, choice, reason });
      demandBallot(client.url, typedData, { id: row.id, council: council.council, chainId: council.chainId, choice, reason, voter });
      const key = await readKeyFile(options.keyFile);
      const signature = signTypedData(typedData, key);
      key.fill(0);
      if (options.out !== undefined) {
        await writeNew(options.out, `${JSON.stringify({ kind: "ballot", proposal: row.id, voter, choice, reason, signature }, null, 2)}\n`);
        return context.result({ file: options.out }, () => `Signed, not sent. Written to ${options.out ?? ""}; any hospital's agent relays it: fiducial member submit ${options.out ?? ""} --url URL`);
      }
      const recorded = await client.post<Recorded>(`/api/proposals/${row.id}/votes`, { voter, choice, reason, signature });
      context.result(recorded, () => recordedText(recorded, `Vote ${choice === "for" ? "in favour" : choice} recorded`));
    });
}
