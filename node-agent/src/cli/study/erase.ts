import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import { type Recorded, recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { studyOption } from "../values.ts";

const examples = `
Example:
  fiducial study erase 0x5d3c...91 --yes

For an order of erasure. The study is withdrawn on the chain, every key to it here is destroyed, and it is deleted here and at whoever keeps it for
this hospital. Nobody can undo it, and nobody can read the images again. Its number and its history stay on the chain.
`;

/** `fiducial study erase` */
export function registerStudyErase(study: Command, io: Io): void {
  study
    .command("erase")
    .description("erase a study of this hospital everywhere, for good")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .option("--yes", "it is meant", false)
    .addHelpText("after", examples)
    .action(async (reference: string, { yes }: { readonly yes: boolean }, command: Command) => {
      if (!yes) throw fault("CLI_USAGE", { why: "an erasure cannot be undone; say --yes if it is meant" });
      const context = contextOf(command, io);
      const recorded = await (await context.client()).post<Recorded>(`/api/studies/${encodeURIComponent(reference)}/erase`, { confirm: "erase" });
      context.result(recorded, () => (recorded.receipt === null ? "Erased. The chain had nothing to be told." : recordedText(recorded, "Erased")));
    });
}
