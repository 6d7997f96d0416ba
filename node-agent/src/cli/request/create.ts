import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import type { Purpose } from "../../model/purpose.ts";
import { type RequestDetail, studyIdOf } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { countOption, hex32Option, purposeOption, studyOption } from "../values.ts";
import { requestText, waitForRequest } from "./wait.ts";

const examples = `
Examples:
  fiducial request create 0x5d3c...91 --purpose TREAT --wait
  fiducial request create 0x5d3c...91 --purpose ETREAT      # emergency: granted at once, and reviewed

Every request is recorded on the chain, the refused ones too.
`;

type Options = { readonly purpose: Purpose; readonly request?: string; readonly wait?: boolean; readonly timeout: number };

/** `fiducial request create` */
export function registerRequestCreate(request: Command, io: Io): void {
  request
    .command("create")
    .description("ask for access to a study for a purpose")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .requiredOption("--purpose <code>", "TREAT, PATRQT, HRESCH, PUBHLTH, HLEGAL, HOPERAT, or ETREAT in an emergency", purposeOption)
    .option("--request <id>", "request id of your own choosing (0x and 64 hex digits): asking again with it is harmless", hex32Option)
    .option("--wait", "wait until the study is here")
    .option("--timeout <seconds>", "how long to wait at most", countOption(1, 86_400), 300)
    .addHelpText("after", examples)
    .action(async (reference: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const id = options.request ?? `0x${randomBytes(32).toString("hex")}`;
      const study = await studyIdOf(client, reference);
      const made = await client.post<RequestDetail>("/api/requests", { study, purpose: options.purpose, request: id });
      const settled = made.state !== "denied" && options.wait === true ? await waitForRequest(context, client, made.id, options.timeout) : made;
      context.result(settled, () => requestText(settled));
      if (settled.state === "denied") throw fault("CLI_DENIED", { request: settled.id, reason: settled.reason });
    });
}
