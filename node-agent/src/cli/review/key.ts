import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { contextOf } from "../context.ts";
import { writeNew } from "../files.ts";
import type { Io } from "../io.ts";

/** `fiducial review key` */
export function registerReviewKey(review: Command, io: Io): void {
  review
    .command("key")
    .description("make a reviewer's key; the consortium gives its address the REVIEWER role")
    .requiredOption("--out <file>", "new file for the key; keep it offline")
    .addHelpText("after", "\nExample:\n  fiducial review key --out reviewer.key\n")
    .action(async (options: { readonly out: string }, command: Command) => {
      const context = contextOf(command, io);
      const { createSigner } = await import("../../ledger/sign.ts");
      const key = randomBytes(32);
      const { address } = createSigner(key, 1);
      await writeNew(options.out, `0x${key.toString("hex")}\n`);
      key.fill(0);
      context.result({ file: options.out, address }, () => `Written to ${options.out}. Address for the REVIEWER role: ${address}`);
    });
}
