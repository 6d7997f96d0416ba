import type { Command } from "commander";
import type { RequestView } from "../../model/ledger-views.ts";
import { studyIdOf } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { moment, shortId, table } from "../text.ts";
import { countOption, studyOption } from "../values.ts";

type Options = { readonly study?: string; readonly direction: string; readonly state?: string; readonly limit: number };

/** `fiducial request list` */
export function registerRequestList(request: Command, io: Io): void {
  request
    .command("list")
    .description("access requests, newest first")
    .option("--study <study>", "only about this study", studyOption)
    .option("--direction <which>", "made (by us), received (about our studies), or all", "all")
    .option("--state <state>", "denied, granted, delivered, acknowledged, disputed or expired")
    .option("--limit <count>", "at most this many", countOption(1, 1000), 100)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const study = options.study === undefined ? undefined : await studyIdOf(client, options.study);
      const query = { study, direction: options.direction, state: options.state, limit: options.limit };
      const { requests } = await client.get<{ readonly requests: readonly RequestView[] }>("/api/requests", query);
      context.result({ requests }, () =>
        table(
          ["ASKED", "BY", "OF", "PURPOSE", "STATE", "STUDY", "REQUEST"],
          requests.map((row) => [moment(row.requestedAt), String(row.requester), String(row.custodian), row.purpose, row.state === "denied" ? `denied (${row.reason})` : row.state, shortId(row.study), row.id]),
          "No requests.",
        ),
      );
    });
}
