import type { Command } from "commander";
import { readSecret } from "../../config/secret.ts";
import { memberId } from "../../model/ids.ts";
import { hospitalXpub } from "../../wallet/account.ts";
import { newPhrase } from "../../wallet/phrase.ts";
import { contextOf } from "../context.ts";
import { writeNew } from "../files.ts";
import type { Io } from "../io.ts";
import { memberOption } from "../values.ts";

/** `fiducial wallet ...`: works on files only, with no agent and no network. */
export function registerWallet(program: Command, io: Io): void {
  const wallet = program.command("wallet").description("a patient's keys, kept in a file of twelve words; needs no agent and no network");
  wallet
    .command("new")
    .description("make a new recovery phrase")
    .requiredOption("--out <file>", "new file for the phrase; whoever has it can consent")
    .addHelpText("after", "\nExample:\n  fiducial wallet new --out phrase.txt\n")
    .action(async (options: { readonly out: string }, command: Command) => {
      const context = contextOf(command, io);
      await writeNew(options.out, `${newPhrase()}\n`);
      context.result({ file: options.out }, () => `Twelve words are in ${options.out}. Write them on paper too: nobody can restore them.`);
    });
  wallet
    .command("xpub")
    .description("the public account key to hand to one hospital at enrolment; it can derive addresses and never sign")
    .requiredOption("--member <member>", "number of the hospital", memberOption)
    .requiredOption("--phrase-file <file>", "file with the recovery phrase")
    .addHelpText("after", "\nExample:\n  fiducial wallet xpub --member 1 --phrase-file phrase.txt\n")
    .action(async (options: { readonly member: number; readonly phraseFile: string }, command: Command) => {
      const context = contextOf(command, io);
      const phrase = (await readSecret("--phrase-file", options.phraseFile)).toString("utf8").trim();
      const xpub = hospitalXpub(phrase, memberId(options.member));
      context.result({ member: options.member, xpub }, () => xpub);
    });
}
