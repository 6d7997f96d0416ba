import type { Command } from "commander";
import { type Recorded, recordedText, studyIdOf } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { granteeOption, studyOption } from "../values.ts";

const examples = `
Example:
  fiducial consent withdraw 0x5d3c...91 --grantee 2

One person suffices, because it only takes away. A consent that the patient's wallet signed is taken back with \`fiducial consent revoke\`.
`;

/** `fiducial consent withdraw` */
export function registerConsentWithdraw(consent: Command, io: Io): void {
  consent
    .command("withdraw")
    .description("take back a consent on paper that stands")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .requiredOption("--grantee <member>", 'member number, or "any"', granteeOption)
    .addHelpText("after", examples)
    .action(async (reference: string, { grantee }: { readonly grantee: number }, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const study = await studyIdOf(client, reference);
      const recorded = await client.post<Recorded>("/api/attestations/withdraw", { study, grantee });
      context.result(recorded, () => recordedText(recorded, "Paper consent withdrawn"));
    });
}
