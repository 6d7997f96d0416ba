import type { Command } from "commander";
import { type Recorded, recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { countOption, studyOption } from "../values.ts";

const examples = `
Example:
  fiducial study withdraw 0x5d3c...91 --reason 1

For good: nobody is granted access to it any more, holders drop their copies, and the history stays. The reason is a number
from 0 to 254 that your institution gives a meaning to; everybody in the consortium can read it.
`;

/** `fiducial study withdraw` */
export function registerStudyWithdraw(study: Command, io: Io): void {
  study
    .command("withdraw")
    .description("withdraw a study of this hospital, for good")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .option("--reason <code>", "reason code kept on the chain", countOption(0, 254), 0)
    .addHelpText("after", examples)
    .action(async (reference: string, { reason }: { readonly reason: number }, command: Command) => {
      const context = contextOf(command, io);
      const recorded = await (await context.client()).post<Recorded>(`/api/studies/${encodeURIComponent(reference)}/withdraw`, { reason });
      context.result(recorded, () => (recorded.receipt === null ? "Withdrawn. It had not been registered, so the chain knows nothing of it." : recordedText(recorded, "Withdrawn")));
    });
}
