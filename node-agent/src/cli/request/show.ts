import type { Command } from "commander";
import type { RequestDetail } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { countOption, hex32Option } from "../values.ts";
import { requestText, waitForRequest } from "./wait.ts";

type Options = { readonly wait?: boolean; readonly timeout: number };

/** `fiducial request show` */
export function registerRequestShow(request: Command, io: Io): void {
  request
    .command("show")
    .description("one access request and how far it has come")
    .argument("<request>", "request id", hex32Option)
    .option("--wait", "wait until the study is here, or will never be")
    .option("--timeout <seconds>", "how long to wait at most", countOption(1, 86_400), 300)
    .action(async (id: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const shown = options.wait === true ? await waitForRequest(context, client, id, options.timeout) : await client.get<RequestDetail>(`/api/requests/${id}`);
      context.result(shown, () => requestText(shown));
    });
}
