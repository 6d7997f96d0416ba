import type { Command } from "commander";
import type { LedgerEvent } from "../model/ledger-events.ts";
import { studyIdOf } from "./api.ts";
import type { Client } from "./client.ts";
import { contextOf } from "./context.ts";
import { registerHistoryExport } from "./history-export.ts";
import type { Io } from "./io.ts";
import { moment, shortId, table } from "./text.ts";
import { addressOption, countOption, hex32Option, memberOption, studyOption } from "./values.ts";

const examples = `
Examples:
  fiducial history --study 0x5d3c...91
  fiducial history --member 3 --kinds AccessRequested,AccessReviewed
  fiducial --json history --all > history.json
`;

type Options = { readonly study?: string; readonly member?: number; readonly request?: string; readonly account?: string; readonly kinds?: string; readonly limit: number; readonly oldest?: boolean; readonly all?: boolean };
type Page = { readonly events: readonly LedgerEvent[]; readonly next: string | null };
const largestPage = 1000;

/** `fiducial history` */
export function registerHistory(program: Command, io: Io): void {
  const history = program
    .command("history")
    .description("what happened, from the record on the chain; newest first")
    .option("--study <study>", "about one study", studyOption)
    .option("--member <member>", "by or about one member", memberOption)
    .option("--request <id>", "of one access request", hex32Option)
    .option("--account <address>", "of one patient address", addressOption)
    .option("--kinds <names>", "only these event kinds, separated by commas")
    .option("--limit <count>", "at most this many", countOption(1, largestPage), 100)
    .option("--oldest", "oldest first")
    .option("--all", "all of it, however much")
    .addHelpText("after", examples)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const study = options.study === undefined ? undefined : await studyIdOf(client, options.study);
      const query = { study, member: options.member, request: options.request, account: options.account, kinds: options.kinds, order: options.oldest === true ? "oldest" : "newest" };
      const page = options.all === true ? await everyPage(client, query) : await client.get<Page>("/api/history", { ...query, limit: options.limit });
      context.result(page, () => {
        const lines = table(
          ["TIME", "BLOCK", "EVENT", "STUDY", "WHAT"],
          page.events.map((event) => [moment(event.timestamp), String(event.block), event.kind, "study" in event ? shortId(event.study) : "", what(event)]),
          "No events.",
        );
        return page.next === null ? lines : `${lines}\n\nThere is more: raise --limit, or use --all.`;
      });
    });
  registerHistoryExport(history, io);
}

async function everyPage(client: Client, query: Readonly<Record<string, string | number | undefined>>): Promise<Page> {
  const events: LedgerEvent[] = [];
  let before: string | undefined;
  for (;;) {
    const page = await client.get<Page>("/api/history", { ...query, before, limit: largestPage });
    events.push(...page.events);
    if (page.next === null || page.events.length === 0) return { events, next: null };
    before = page.next;
  }
}

/** The part of an event that a person looks for. */
export function what(event: LedgerEvent): string {
  switch (event.kind) {
    case "AccessRequested":
      return `member ${event.requester}, ${event.purpose}, ${event.granted ? "granted" : `denied (${event.reason})`}${event.emergency ? ", emergency" : ""}`;
    case "ConsentGranted":
      return `to ${event.grantee === 0 ? "any" : event.grantee}, ${event.purposes.join(",")}, until ${moment(event.expiry)}, ${event.class}`;
    case "ConsentRevoked":
      return `from ${event.grantee === 0 ? "any" : event.grantee}`;
    case "CreditChanged":
      return `${typeof event.subject === "number" ? `member ${event.subject}` : event.subject}: ${event.delta >= 0 ? "+" : ""}${event.delta} to ${event.score}`;
    case "AccessReviewed":
      return event.justified ? "justified" : "not justified";
    case "StudySuperseded":
      return `version ${event.version}`;
    case "MemberStatusChanged":
      return `member ${event.member}: ${event.status}`;
    default:
      return "member" in event ? `member ${event.member}` : "";
  }
}
