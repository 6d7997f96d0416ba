import type { Command } from "commander";
import type { Purpose } from "../../model/purpose.ts";
import { type Attestation, studyIdOf } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { countOption, granteeOption, purposesOption, studyOption } from "../values.ts";

const examples = `
Example:
  fiducial consent attest 0x5d3c...91 --grantee 2 --purposes TREAT --days 30

For a patient who signed on paper. It has no effect until another member of staff, signed in as somebody else,
has looked at the paper and runs \`fiducial consent approve\` with the number printed here. A paper consent is marked
as such for ever, and the contract allows it a shorter term than one signed by a wallet.
`;

type Options = { readonly grantee: number; readonly purposes: Purpose[]; readonly days: number };
const daySeconds = 86_400;

/** `fiducial consent attest` */
export function registerConsentAttest(consent: Command, io: Io): void {
  consent
    .command("attest")
    .description("propose the attestation of a consent on paper; a second person approves it")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .requiredOption("--grantee <member>", 'member number, or "any" for any active hospital', granteeOption)
    .requiredOption("--purposes <codes>", "purposes of use, separated by commas", purposesOption)
    .option("--days <count>", "how long it holds, from now", countOption(1, 3650), 30)
    .addHelpText("after", examples)
    .action(async (reference: string, { grantee, purposes, days }: Options, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const study = await studyIdOf(client, reference);
      const expiry = Math.floor(Date.now() / 1000) + days * daySeconds;
      const proposed = await client.post<Attestation>("/api/attestations", { study, grantee, purposes, expiry });
      context.result(proposed, () => `Proposed. Another person approves it:\n  fiducial consent approve ${proposed.proposal} --user ANOTHER`);
    });
}
