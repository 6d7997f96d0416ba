import type { Command } from "commander";
import type { StudyRow } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { table } from "../text.ts";
import { countOption } from "../values.ts";

type Options = { readonly offered?: boolean; readonly state?: string; readonly limit: number };

/** `fiducial study list` */
export function registerStudyList(study: Command, io: Io): void {
  study
    .command("list")
    .description("studies held here, or offered to this hospital by a patient's consent")
    .option("--offered", "studies elsewhere that a consent opens to this hospital")
    .option("--state <state>", "only studies in this state (registered, held, fetching, dropped, ...)")
    .option("--limit <count>", "at most this many", countOption(1, 1000), 100)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const query = { scope: options.offered === true ? "offered" : "local", state: options.state, limit: options.limit };
      const { studies } = await client.get<{ readonly studies: readonly StudyRow[] }>("/api/studies", query);
      context.result({ studies }, () =>
        table(
          ["STATE", "ROLE", "DATE", "MODALITIES", "INSTANCES", "PATIENT", "DESCRIPTION", "STUDY"],
          studies.map((row) => [row.state, row.role, row.date ?? "", row.modalities.join(","), String(row.instances), row.patientName ?? "", row.description ?? "", row.study]),
          "No studies.",
        ),
      );
    });
}
