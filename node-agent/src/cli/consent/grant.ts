import type { Command } from "commander";
import type { Purpose } from "../../model/purpose.ts";
import { recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { addressOption, countOption, granteeOption, purposesOption, studyOption } from "../values.ts";
import { prepareConsentDocument } from "./prepare-document.ts";
import { signDocument } from "./sign-document.ts";
import { submitDocument } from "./submit-document.ts";

const examples = `
Examples:
  fiducial consent grant 0x5d3c...91 --grantee 2 --purposes TREAT --days 30 --phrase-file phrase.txt
  fiducial consent grant 0x5d3c...91 --grantee any --purposes HRESCH --days 365 --phrase-file phrase.txt

Prepare, sign and submit in one step, where wallet and network are on one computer.
`;

type Options = { readonly grantee: number; readonly purposes: Purpose[]; readonly days: number; readonly creditAccount?: string; readonly phraseFile: string };

/** `fiducial consent grant` */
export function registerConsentGrant(consent: Command, io: Io): void {
  consent
    .command("grant")
    .description("give an institution access to a study: prepare, sign and submit")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .requiredOption("--grantee <member>", 'member number, or "any" for any active hospital', granteeOption)
    .requiredOption("--purposes <codes>", "purposes of use, separated by commas", purposesOption)
    .option("--days <count>", "how long it holds, from now", countOption(1, 3650), 30)
    .option("--credit-account <address>", "the patient's credit account; naming one links these consents", addressOption)
    .requiredOption("--phrase-file <file>", "file with the patient's recovery phrase")
    .addHelpText("after", examples)
    .action(async (reference: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const document = await signDocument(await prepareConsentDocument(client, reference, options), options.phraseFile);
      const recorded = await submitDocument(client, document);
      context.result({ terms: document.terms, receipt: recorded.receipt }, () => recordedText(recorded, "Consent recorded"));
    });
}
