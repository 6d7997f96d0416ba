import type { Command } from "commander";
import type { Attestation } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { moment, table } from "../text.ts";

/** `fiducial consent pending` */
export function registerConsentPending(consent: Command, io: Io): void {
  consent
    .command("pending")
    .description("consents on paper that wait for the second person")
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const { attestations } = await (await context.client()).get<{ readonly attestations: readonly Attestation[] }>("/api/attestations");
      context.result({ attestations }, () =>
        table(
          ["PROPOSAL", "GRANTEE", "PURPOSES", "UNTIL", "PROPOSED BY", "AT", "STUDY"],
          attestations.map((one) => [one.proposal, one.grantee === 0 ? "any" : String(one.grantee), one.purposes.join(","), moment(one.expiry), one.proposedBy, moment(one.proposedAt), one.study]),
          "Nothing waits for a second person.",
        ),
      );
    });
}
