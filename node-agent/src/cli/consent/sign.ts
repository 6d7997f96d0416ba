import type { Command } from "commander";
import { contextOf } from "../context.ts";
import { writeNew } from "../files.ts";
import type { Io } from "../io.ts";
import { fields } from "../text.ts";
import { readDocument } from "./document.ts";
import { signDocument } from "./sign-document.ts";

type Options = { readonly phraseFile: string; readonly out?: string };

/** `fiducial consent sign` */
export function registerConsentSign(consent: Command, io: Io): void {
  consent
    .command("sign")
    .description("sign a prepared consent or revocation; needs no network")
    .argument("<file>", "document made by `fiducial consent prepare`")
    .requiredOption("--phrase-file <file>", "file with the patient's recovery phrase")
    .option("--out <file>", "write it to a new file instead of standard output")
    .addHelpText("after", "\nExample:\n  fiducial consent sign consent.json --phrase-file phrase.txt --out signed.json\n")
    .action(async (file: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const document = await readDocument(file);
      // What the signature covers, not what the document says about itself.
      context.note(`Signing this ${document.kind}:\n${fields(document.typedData.message)}`);
      const signed = await signDocument(document, options.phraseFile);
      const { out } = options;
      const text = JSON.stringify(signed, null, 2);
      if (out === undefined) return context.result(signed, () => text);
      await writeNew(out, `${text}\n`);
      context.result({ file: out }, () => `Written to ${out}. Hand it in anywhere: fiducial consent submit ${out}`);
    });
}
