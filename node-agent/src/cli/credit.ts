import type { Command } from "commander";
import type { CreditView } from "../model/ledger-views.ts";
import { fault } from "../model/fault.ts";
import { contextOf } from "./context.ts";
import type { Io } from "./io.ts";
import { fields } from "./text.ts";

/** `fiducial credit` */
export function registerCredit(program: Command, io: Io): void {
  program
    .command("credit")
    .description("credit score of a member, or of a patient's credit account, as of now")
    .argument("[subject]", "member number or credit account address; this member when left out")
    .addHelpText("after", "\nExamples:\n  fiducial credit\n  fiducial credit 2\n  fiducial credit 0x8ba1f109551bd432803012645ac136ddd64dba72\n")
    .action(async (subject: string | undefined, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      if (subject !== undefined && !/^(?:\d{1,10}|0x[0-9a-fA-F]{40})$/u.test(subject)) throw fault("CLI_USAGE", { why: "give a member number or an address (0x and 40 hex digits)" });
      const client = await context.client();
      const of = subject ?? String((await client.get<{ readonly member: number }>("/api/me")).member);
      const account = of.startsWith("0x");
      const view = await client.get<CreditView>(account ? `/api/credit/accounts/${of}` : `/api/credit/members/${of}`);
      context.result(view, () =>
        fields({
          subject: String(view.subject),
          score: `${view.score} of 1000`,
          counterparties: view.counterparties,
          ...(account ? { tier: view.tier } : { "research and operations": view.gateOpen ? "open" : "closed" }),
        }),
      );
    });
}
