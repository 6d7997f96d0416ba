import type { Command } from "commander";
import { z } from "zod";
import { fault } from "../../model/fault.ts";
import { type Recorded, recordedText } from "../api.ts";
import { contextOf } from "../context.ts";
import { readJson } from "../files.ts";
import type { Io } from "../io.ts";
import type { Relayed } from "./signing.ts";
import { relaySigned, tell } from "./stopping.ts";

const form = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ballot"), proposal: z.string().regex(/^0x[0-9a-f]{64}$/u), voter: z.string(), choice: z.string(), reason: z.string().default(""), signature: z.string() }),
  z.strictObject({ kind: z.literal("approval"), pause: z.string().optional(), cancel: z.string().optional(), guardian: z.string(), until: z.int(), signature: z.string() }),
  z.strictObject({ kind: z.literal("council transaction"), raw: z.string() }),
]);

/** `fiducial member submit` */
export function registerSubmit(member: Command, io: Io): void {
  member
    .command("submit")
    .description("have a hospital's agent relay what was signed with --out elsewhere")
    .argument("<file>", "file made by `fiducial member vote|propose|cancel|pause --out`")
    .action(async (file: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const parsed = form.safeParse(await readJson(file));
      if (!parsed.success) throw fault("CLI_FILE", { file, why: "it is no signed ballot, approval or transaction of `fiducial member`" });
      const client = await context.client();
      if (parsed.data.kind === "ballot") {
        const { proposal, voter, choice, reason, signature } = parsed.data;
        const recorded = await client.post<Recorded>(`/api/proposals/${proposal}/votes`, { voter, choice, reason, signature });
        return context.result(recorded, () => recordedText(recorded, "Vote recorded"));
      }
      if (parsed.data.kind === "approval") {
        const { kind: _kind, ...signed } = parsed.data;
        return tell(context, await relaySigned(client, signed), signed.pause === undefined ? "The proposal is canceled" : `The writes of ${signed.pause} are stopped`);
      }
      const relayed = await client.post<Relayed>("/api/council/transactions", { raw: parsed.data.raw });
      context.result(relayed, () => recordedText(relayed, `${relayed.function} recorded`));
    });
}
