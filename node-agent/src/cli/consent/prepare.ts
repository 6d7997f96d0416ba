import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import type { Purpose } from "../../model/purpose.ts";
import { contextOf } from "../context.ts";
import { writeNew } from "../files.ts";
import type { Io } from "../io.ts";
import { addressOption, countOption, granteeOption, purposesOption, studyOption } from "../values.ts";
import { prepareConsentDocument, prepareRevocationDocument } from "./prepare-document.ts";

const examples = `
Examples:
  fiducial consent prepare 0x5d3c...91 --grantee 2 --purposes TREAT --days 30 --out consent.json
  fiducial consent prepare 0x5d3c...91 --grantee 2 --revoke --out revocation.json
`;

type Options = { readonly grantee: number; readonly purposes?: Purpose[]; readonly days: number; readonly creditAccount?: string; readonly revoke?: boolean; readonly out?: string };

/** `fiducial consent prepare` */
export function registerConsentPrepare(consent: Command, io: Io): void {
  consent
    .command("prepare")
    .description("the document that the patient's wallet signs")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .requiredOption("--grantee <member>", 'member number, or "any"', granteeOption)
    .option("--purposes <codes>", "purposes of use, separated by commas", purposesOption)
    .option("--days <count>", "how long it holds, from now", countOption(1, 3650), 30)
    .option("--credit-account <address>", "the patient's credit account", addressOption)
    .option("--revoke", "a revocation instead of a consent")
    .option("--out <file>", "write it to a new file instead of standard output")
    .addHelpText("after", examples)
    .action(async (reference: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const { purposes, out } = options;
      if (options.revoke !== true && purposes === undefined) throw fault("CLI_USAGE", { why: "a consent names its purposes: give --purposes" });
      const client = await context.client();
      const document =
        options.revoke === true ? await prepareRevocationDocument(client, reference, options.grantee) : await prepareConsentDocument(client, reference, { ...options, purposes: purposes ?? [] });
      const text = JSON.stringify(document, null, 2);
      if (out === undefined) return context.result(document, () => text);
      await writeNew(out, `${text}\n`);
      context.result({ file: out }, () => `Written to ${out}. Sign it where the wallet is: fiducial consent sign ${out} --phrase-file FILE`);
    });
}
