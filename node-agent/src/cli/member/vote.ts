import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import type { VoteChoice } from "../../model/governance.ts";
import type { TypedData } from "../../model/typed-data.ts";
import { signTypedData } from "../../wallet/sign.ts";
import { type Recorded, recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import { writeNew } from "../files.ts";
import type { Io } from "../io.ts";
import { readKeyFile } from "../key-file.ts";
import { proposalOption } from "../values.ts";
import { contentOf, getCouncil, getProposal, type ProposalRow } from "./council-api.ts";
import { addressOf } from "./signing.ts";

type Options = { readonly for?: boolean; readonly against?: boolean; readonly abstain?: boolean; readonly keyFile: string; readonly out?: string };

function choiceOf(options: Options): VoteChoice {
  const given = (["for", "against", "abstain"] as const).filter((choice) => options[choice] === true);
  const [choice] = given;
  if (choice === undefined || given.length > 1) throw fault("CLI_USAGE", { why: "give one of --for, --against and --abstain" });
  return choice;
}

/** A ballot is signed only for what was shown: the id must be the hash over the calls and the description that the agent gave. */
async function demandSame(url: string, row: ProposalRow): Promise<void> {
  const { proposalIdOf } = await import("../../ledger/council-calldata.ts");
  if (proposalIdOf(contentOf(row.calls.map(({ call }) => call), row.description)) !== row.id) throw fault("CLI_BAD_ANSWER", { url, what: "the proposal shown is not the one of that id" });
}

function demandBallot(url: string, typedData: TypedData, wanted: { readonly id: string; readonly council: string; readonly chainId: number; readonly choice: VoteChoice; readonly voter: string }): void {
  const { message, domain, primaryType } = typedData;
  const support = ["against", "for", "abstain"].indexOf(wanted.choice);
  const right =
    primaryType === "Ballot" &&
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
    .requiredOption("--key-file <file>", "the governor's key")
    .option("--out <file>", "keep the signed ballot in a new file instead of sending it")
    .addHelpText("after", "\nExample:\n  fiducial member vote p4 --for --key-file governor.key\n")
    .action(async (reference: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const choice = choiceOf(options);
      const client = await context.client();
      const [council, row] = [await getCouncil(client), await getProposal(client, reference)];
      await demandSame(client.url, row);
      context.note(`p${row.number} will:\n${row.does.map((one) => `  - ${one}`).join("\n")}`);
      const voter = await addressOf(options.keyFile, council.chainId);
      const { typedData } = await client.post<{ readonly typedData: TypedData }>(`/api/proposals/${row.id}/ballot`, { voter, choice });
      demandBallot(client.url, typedData, { id: row.id, council: council.council, chainId: council.chainId, choice, voter });
      const key = await readKeyFile(options.keyFile);
      const signature = signTypedData(typedData, key);
      key.fill(0);
      if (options.out !== undefined) {
        await writeNew(options.out, `${JSON.stringify({ kind: "ballot", proposal: row.id, voter, choice, signature }, null, 2)}\n`);
        return context.result({ file: options.out }, () => `Signed, not sent. Written to ${options.out ?? ""}; any hospital's agent relays it: fiducial member submit ${options.out ?? ""} --url URL`);
      }
      const recorded = await client.post<Recorded>(`/api/proposals/${row.id}/votes`, { voter, choice, signature });
      context.result(recorded, () => recordedText(recorded, `Vote ${choice === "for" ? "in favour" : choice} recorded`));
    });
}
