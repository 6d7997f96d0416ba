import type { Command } from "commander";
import { contextOf } from "./context.ts";
import type { Io } from "./io.ts";

type Options = { readonly patientId: string; readonly issuer: string; readonly xpub: string };

/** `fiducial patient enrol` */
export function registerPatient(program: Command, io: Io): void {
  const patient = program.command("patient").description("patients of this hospital");
  patient
    .command("enrol")
    .description("enrol a patient's wallet, so that the patient's own key decides about the studies that follow")
    .requiredOption("--patient-id <id>", "Patient ID as in the DICOM files")
    .option("--issuer <name>", "Issuer of Patient ID, where the files name one", "")
    .requiredOption("--xpub <key>", "extended public key from `fiducial wallet xpub --member <this hospital>`")
    .addHelpText("after", "\nExample:\n  fiducial patient enrol --patient-id 4711 --xpub xpub6C...\n")
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const { patientId, issuer, xpub } = options;
      const enrolled = await (await context.client()).post<{ readonly enrolled: boolean; readonly nextIndex: number }>("/api/patients", { patientId, issuer, xpub });
      context.result(enrolled, () => "Enrolled. Studies registered from now on belong to the patient's own key.");
    });
}
