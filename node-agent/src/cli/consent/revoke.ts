import type { Command } from "commander";
import { recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { granteeOption, studyOption } from "../values.ts";
import { prepareRevocationDocument } from "./prepare-document.ts";
import { signDocument } from "./sign-document.ts";
import { submitDocument } from "./submit-document.ts";

type Options = { readonly grantee: number; readonly phraseFile: string };

/** `fiducial consent revoke` */
export function registerConsentRevoke(consent: Command, io: Io): void {
  consent
    .command("revoke")
    .description("take a consent back: prepare, sign and submit; it bites with the next block")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .requiredOption("--grantee <member>", 'member number, or "any"', granteeOption)
    .requiredOption("--phrase-file <file>", "file with the patient's recovery phrase")
    .addHelpText("after", "\nExample:\n  fiducial consent revoke 0x5d3c...91 --grantee 2 --phrase-file phrase.txt\n\nThe grantee's agent drops its copy. What somebody saw or wrote down meanwhile cannot be recalled.\n")
    .action(async (reference: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const document = await signDocument(await prepareRevocationDocument(client, reference, options.grantee), options.phraseFile);
      const recorded = await submitDocument(client, document);
      context.result({ terms: document.terms, receipt: recorded.receipt }, () => recordedText(recorded, "Consent revoked"));
    });
}
