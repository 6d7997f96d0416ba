import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import { getStudy } from "../api.ts";
import type { Client } from "../client.ts";
import { contextOf } from "../context.ts";
import { writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { progressBar } from "../progress-bar.ts";
import { megabytes } from "../text.ts";
import { studyOption } from "../values.ts";

const examples = `
Examples:
  fiducial study export 0x5d3c...91 ./out
  fiducial study fetch 1.2.826.0.1.3680043.8.498.1 ./out

Writes every instance exactly as it was received. A study of another hospital is asked for first: \`fiducial request create\`.
`;

type Instance = Readonly<Record<string, { readonly Value?: readonly unknown[] }>>;
const pageSize = 500;
const lanes = 3;

/** `fiducial study export`, also called fetch */
export function registerStudyExport(study: Command, io: Io): void {
  study
    .command("export")
    .alias("fetch")
    .description("write a study's instances to a folder, decrypted (WADO-RS)")
    .argument("<study>", "study id or Study Instance UID", studyOption)
    .argument("<folder>", "made when absent; files there of the same name are replaced")
    .addHelpText("after", examples)
    .action(async (reference: string, folder: string, _options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const uid = reference.startsWith("0x") ? (await getStudy(client, reference)).uid : reference;
      if (uid === null) throw fault("CLI_STILL_WAITING", { what: "the study is not held here", seconds: 0 });
      const addresses = await instanceAddresses(client, uid);
      await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
        throw fault("CLI_FILE", { file: folder, why: error.code ?? "unknown" }, error);
      });
      const bar = progressBar(io.err, { title: "Writing", total: 0, items: addresses.length, silent: context.json });
      let bytes = 0;
      const queue = addresses.entries();
      const lane = async () => {
        for (const [at, address] of queue) {
          const file = join(folder, `instance-${String(at + 1).padStart(6, "0")}.dcm`);
          bytes += await exportOne(client, address, file);
          bar.step(0, 1);
        }
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      bar.end();
      context.result({ folder, instances: addresses.length, bytes }, () => `${addresses.length} instances (${megabytes(bytes)}) are in ${folder}.`);
    });
}

/** WADO-RS paths of all instances, by QIDO-RS (PS3.18 section 10.6), in pages. */
async function instanceAddresses(client: Client, uid: string): Promise<string[]> {
  const addresses: string[] = [];
  for (;;) {
    const answer = await client.open("GET", `/dicom-web/studies/${uid}/instances?limit=${pageSize}&offset=${addresses.length}`, "application/dicom+json");
    const text = await answer.body.text();
    const page = (text === "" ? [] : JSON.parse(text)) as readonly Instance[];
    for (const instance of page) addresses.push(`/dicom-web/studies/${uid}/series/${String(instance["0020000E"]?.Value?.[0])}/instances/${String(instance["00080018"]?.Value?.[0])}`);
    if (page.length < pageSize) return addresses;
  }
}

/** One instance in its stored transfer syntax; the file appears only when it is whole. Gives its bytes. */
async function exportOne(client: Client, address: string, file: string): Promise<number> {
  const answer = await client.open("GET", address, "application/dicom; transfer-syntax=*");
  let bytes = 0;
  async function* counted() {
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      yield piece;
    }
  }
  await writeWhole(file, counted());
  return bytes;
}
