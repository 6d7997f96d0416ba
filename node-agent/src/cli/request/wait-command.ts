import type { Command } from "commander";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { countOption, hex32Option } from "../values.ts";
import { requestText, waitForRequest } from "./wait.ts";

/** `fiducial request wait` */
export function registerRequestWait(request: Command, io: Io): void {
  request
    .command("wait")
    .description("follow a request until the study is here, or will never be")
    .argument("<request>", "request id", hex32Option)
    .option("--timeout <seconds>", "how long to wait at most", countOption(1, 86_400), 300)
    .action(async (id: string, { timeout }: { readonly timeout: number }, command: Command) => {
      const context = contextOf(command, io);
      const settled = await waitForRequest(context, await context.client(), id, timeout);
      context.result(settled, () => requestText(settled));
    });
}
