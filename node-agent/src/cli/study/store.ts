import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import { contextOf } from "../context.ts";
import { type DicomFile, dicomFiles } from "../files.ts";
import type { Io } from "../io.ts";
import { progressBar } from "../progress-bar.ts";
import { megabytes } from "../text.ts";
import { stow } from "./stow.ts";

const examples = `
Examples:
  fiducial study store /media/cd/DICOM
  fiducial --json study store ./export > result.json

Files that are not DICOM are passed over. What is stored already is not stored twice, so a cut upload is simply run again.
`;

/** Instances acknowledged together: small enough that a cut costs little, large enough that one wait for the disk serves many. */
const batchFiles = 100;
const batchBytes = 256 << 20;

/** `fiducial study store` */
export function registerStudyStore(study: Command, io: Io): void {
  study
    .command("store")
    .description("store a folder of DICOM files at this hospital (STOW-RS)")
    .argument("<folder>", "folder, searched to its depths")
    .addHelpText("after", examples)
    .action(async (folder: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const files = await dicomFiles(folder);
      const total = files.reduce((sum, { size }) => sum + size, 0);
      const bar = progressBar(io.err, { title: "Storing", total, items: files.length, silent: context.json });
      const failed: { sopInstanceUid: string; reason: number }[] = [];
      let stored = 0;
      for (const batch of batches(files)) {
        const outcome = await stow(client, batch, (bytes) => bar.step(bytes));
        bar.step(0, batch.length);
        stored += outcome.stored.length;
        failed.push(...outcome.failed);
      }
      bar.end();
      context.result({ files: files.length, bytes: total, stored, failed }, () =>
        [
          `${stored} of ${files.length} instances (${megabytes(total)}) are stored and durable.`,
          ...failed.map(({ sopInstanceUid, reason }) => `  not stored: ${sopInstanceUid || "an instance without a readable UID"}, failure reason ${reason} (0x${reason.toString(16).toUpperCase()})`),
        ].join("\n"),
      );
      if (failed.length > 0 || stored < files.length) throw fault("CLI_PARTLY_STORED", { stored, failed: files.length - stored });
    });
}

function* batches(files: readonly DicomFile[]): Generator<DicomFile[]> {
  let batch: DicomFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length > 0 && (batch.length >= batchFiles || bytes + file.size > batchBytes)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(file);
    bytes += file.size;
  }
  if (batch.length > 0) yield batch;
}
