import type { Command } from "commander";
import { recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { readDocument } from "./document.ts";
import { submitDocument } from "./submit-document.ts";

/** `fiducial consent submit` */
export function registerConsentSubmit(consent: Command, io: Io): void {
  consent
    .command("submit")
    .description("have an agent relay a signed consent or revocation to the chain")
    .argument("<file>", "document signed by `fiducial consent sign`")
    .addHelpText("after", "\nExample:\n  fiducial consent submit signed.json\n")
    .action(async (file: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const document = await readDocument(file);
      const recorded = await submitDocument(await context.client(), document);
      context.result(recorded, () => recordedText(recorded, "Recorded"));
    });
}
