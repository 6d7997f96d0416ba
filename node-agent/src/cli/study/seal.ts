import type { Command } from "commander";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { studyOption } from "../values.ts";

/** `fiducial study seal` */
export function registerStudySeal(study: Command, io: Io): void {
  study
    .command("seal")
    .description("take a study as complete and share it now, without waiting for the settle time")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .action(async (reference: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const sealed = await client.post<{ readonly study: string; readonly state: string }>(`/api/studies/${encodeURIComponent(reference)}/seal`, {});
      context.result(sealed, () => `Study ${sealed.study} is ${sealed.state}; \`fiducial study show\` tells when it is registered.`);
    });
}
