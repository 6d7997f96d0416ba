import type { Command } from "commander";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { makeKeyFile } from "../key-file.ts";

/** `fiducial review key` */
export function registerReviewKey(review: Command, io: Io): void {
  review
    .command("key")
    .description("make a reviewer's key; the consortium gives its address the REVIEWER role")
    .requiredOption("--out <file>", "new file for the key; keep it offline")
    .addHelpText("after", "\nExample:\n  fiducial review key --out reviewer.key\n")
    .action(async (options: { readonly out: string }, command: Command) => {
      const context = contextOf(command, io);
      const address = await makeKeyFile(options.out);
      context.result({ file: options.out, address }, () => `Written to ${options.out}. Address for the REVIEWER role: ${address}`);
    });
}
