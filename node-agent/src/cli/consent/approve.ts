import type { Command } from "commander";
import { type Recorded, recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { attestationOption } from "../values.ts";

/** `fiducial consent approve` */
export function registerConsentApprove(consent: Command, io: Io): void {
  consent
    .command("approve")
    .description("approve a proposed consent on paper as the second person; this records it")
    .argument("<proposal>", "number from `fiducial consent attest` or `fiducial consent pending`", attestationOption)
    .addHelpText("after", "\nExample:\n  fiducial consent approve 3f9a...07 --user bob --password-file bob.password\n\nThe one who proposed it cannot approve it.\n")
    .action(async (proposal: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const recorded = await (await context.client()).post<Recorded>(`/api/attestations/${proposal}/approve`, {});
      context.result(recorded, () => recordedText(recorded, "Paper consent recorded"));
    });
}
