import type { Command } from "commander";
import { z } from "zod";
import { fault } from "../../model/fault.ts";
import { type Recorded, recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import { readJson } from "../files.ts";
import type { Io } from "../io.ts";

const form = z.looseObject({
  kind: z.literal("review"),
  terms: z.strictObject({ request: z.string(), justified: z.boolean(), note: z.string() }),
  reviewer: z.string(),
  signature: z.string(),
});

/** `fiducial review submit` */
export function registerReviewSubmit(review: Command, io: Io): void {
  review
    .command("submit")
    .description("have a hospital's agent relay a signed review; its reasons and salt stay here")
    .argument("<file>", "file made by `fiducial review sign`")
    .action(async (file: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const parsed = form.safeParse(await readJson(file));
      if (!parsed.success) throw fault("CLI_FILE", { file, why: "it is not a review as `fiducial review sign` writes it" });
      const { terms, reviewer, signature } = parsed.data;
      const recorded = await (await context.client()).post<Recorded>("/api/reviews", { terms, reviewer, signature });
      context.result(recorded, () => recordedText(recorded, "Review recorded"));
    });
}
