import type { Command } from "commander";
import { getStudy } from "../api.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { fields, moment, table } from "../text.ts";
import { studyOption } from "../values.ts";

/** `fiducial study show` */
export function registerStudyShow(study: Command, io: Io): void {
  study
    .command("show")
    .description("one study: state, copies, consents, progress")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .action(async (reference: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const row = await getStudy(await context.client(), reference);
      context.result(row, () => {
        const { progress } = row;
        const head = fields({
          study: row.study,
          uid: row.uid,
          state: row.droppedBecause === null ? row.state : `${row.state} (${row.droppedBecause})`,
          role: row.role,
          custodian: row.custodian,
          version: row.version,
          root: row.root,
          instances: row.instances,
          copies: row.replicas.length === 0 ? null : row.replicas.join(", "),
          progress: progress === null ? null : `${progress.phase} ${progress.objectsDone}/${progress.objectsTotal ?? "?"} objects${progress.error === null ? "" : `, retrying after ${progress.error}`}`,
          patient: row.patientName,
          date: row.date,
          description: row.description,
        });
        const consents = table(
          ["GRANTEE", "PURPOSES", "FROM", "UNTIL", "CLASS"],
          row.consents.map((one) => [one.grantee === 0 ? "any" : String(one.grantee), one.purposes.join(","), moment(one.notBefore), moment(one.expiry), one.class]),
          "No consents.",
        );
        return `${head}\n\n${consents}`;
      });
    });
}
