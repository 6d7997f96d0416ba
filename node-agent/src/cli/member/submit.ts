import type { Command } from "commander";
import { z } from "zod";
import { fault } from "../../model/fault.ts";
import { type Recorded, recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import { readJson } from "../files.ts";
import type { Io } from "../io.ts";
import type { Relayed } from "./signing.ts";

const form = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ballot"), proposal: z.string().regex(/^0x[0-9a-f]{64}$/u), voter: z.string(), choice: z.string(), signature: z.string() }),
  z.strictObject({ kind: z.literal("council transaction"), raw: z.string() }),
]);

/** `fiducial member submit` */
export function registerSubmit(member: Command, io: Io): void {
  member
    .command("submit")
    .description("have a hospital's agent relay what was signed with --out elsewhere")
    .argument("<file>", "file made by `fiducial member vote|propose|cancel --out`")
    .action(async (file: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const parsed = form.safeParse(await readJson(file));
      if (!parsed.success) throw fault("CLI_FILE", { file, why: "it is neither a signed ballot nor a signed transaction of `fiducial member`" });
      const client = await context.client();
      if (parsed.data.kind === "ballot") {
        const { proposal, voter, choice, signature } = parsed.data;
        const recorded = await client.post<Recorded>(`/api/proposals/${proposal}/votes`, { voter, choice, signature });
        return context.result(recorded, () => recordedText(recorded, "Vote recorded"));
      }
      const relayed = await client.post<Relayed>("/api/council/transactions", { raw: parsed.data.raw });
      context.result(relayed, () => recordedText(relayed, `${relayed.function} recorded`));
    });
}
