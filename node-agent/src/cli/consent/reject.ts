import type { Command } from "commander";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { attestationOption } from "../values.ts";

/** `fiducial consent reject` */
export function registerConsentReject(consent: Command, io: Io): void {
  consent
    .command("reject")
    .description("end a proposed consent on paper; nothing is recorded")
    .argument("<proposal>", "number from `fiducial consent pending`", attestationOption)
    .action(async (proposal: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      await (await context.client()).delete(`/api/attestations/${proposal}`);
      context.result({ rejected: proposal }, () => "Rejected; it never took effect.");
    });
}
