import type { Command } from "commander";
import type { RequestView } from "../../model/ledger-views.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { moment, table } from "../text.ts";

/** `fiducial review list` */
export function registerReviewList(review: Command, io: Io): void {
  review
    .command("list")
    .description("emergency accesses that wait for a review, or were reviewed")
    .option("--state <state>", "pending, justified, notJustified or all", "pending")
    .action(async (options: { readonly state: string }, command: Command) => {
      const context = contextOf(command, io);
      const { requests } = await (await context.client()).get<{ readonly requests: readonly RequestView[] }>("/api/reviews", { state: options.state });
      context.result({ requests }, () =>
        table(
          ["REQUEST", "ASKED", "BY", "OF", "PURPOSE", "REVIEW"],
          requests.map((row) => [row.id, moment(row.requestedAt), String(row.requester), String(row.custodian), row.purpose, row.review]),
          "Nothing to review.",
        ),
      );
    });
}
