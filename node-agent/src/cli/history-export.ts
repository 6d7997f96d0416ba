import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { Command } from "commander";
import { fault } from "../model/fault.ts";
import { proofMediaType } from "../proof/format.ts";
import { studyIdOf } from "./api.ts";
import { contextOf } from "./context.ts";
import { writeWhole } from "./files.ts";
import type { Io } from "./io.ts";
import { progressBar } from "./progress-bar.ts";
import { megabytes } from "./text.ts";
import { countOption, studyOption } from "./values.ts";

const examples = `
Examples:
  fiducial history export history.ndjson --proof
  fiducial history export case.ndjson --proof --study 0x5d3c...91
  fiducial history export two.ndjson --proof --studies 0x5d3c...91,0x77aa...02
  fiducial history export history.csv
  fiducial verify history.ndjson --genesis genesis.json

With --proof the file can be checked by anybody, offline, without trusting this agent or its node: it holds every block header of the range with
its seals and the receipts of every block that can hold a record. About 1 kB per block. Without --proof it is a table (CSV), and only as good as this agent.
`;

type Options = { readonly proof?: boolean; readonly studies?: readonly string[]; readonly from?: number; readonly to?: number; readonly headersFrom?: number };
const largestBlock = Number.MAX_SAFE_INTEGER;
const several = (text: string): readonly string[] => text.split(",").map((one) => studyOption(one.trim()));

/** Options of `history` itself are read wherever they stand: one that narrows a listing must never be dropped from an export without a word. */
function narrowed(command: Command, { studies = [] }: Options): readonly string[] {
  const { study, ...others } = command.parent?.opts<{ readonly study?: string }>() ?? {};
  const given = Object.keys(others).filter((name) => command.parent?.getOptionValueSource(name) === "cli");
  if (given.length > 0) throw fault("CLI_USAGE", { why: `an export cannot be narrowed by --${given.join(", --")}; by --study or --studies it can` });
  return [...(study === undefined ? [] : [study]), ...studies];
}

/** `fiducial history export` */
export function registerHistoryExport(history: Command, io: Io): void {
  history
    .command("export")
    .description("write the history to a file, with --proof so that `fiducial verify` can check it offline")
    .argument("<file>", "written whole or not at all; a file of that name is replaced")
    .option("--proof", "JSON lines with block headers, seals, receipts and what follows from them")
    .option("--study <study>", "about this study only", studyOption)
    .option("--studies <studies>", "about these studies only, separated by commas", several)
    .option("--from <block>", "first block of the history (default: the deployment of the contracts)", countOption(0, largestBlock))
    .option("--to <block>", "last block of the history (default: the head)", countOption(0, largestBlock))
    .option("--headers-from <block>", "first block header, a multiple of the epoch length that the reader trusts by its hash (default: 0, the genesis)", countOption(0, largestBlock))
    .addHelpText("after", examples)
    .action(async (file: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const studies = await Promise.all(narrowed(command, options).map((study) => studyIdOf(client, study)));
      if (options.proof !== true) {
        if (studies.length > 1 || options.from !== undefined || options.to !== undefined || options.headersFrom !== undefined) throw fault("CLI_USAGE", { why: "without --proof only one study can be chosen, and no blocks" });
        const query = new URLSearchParams({ format: "csv", order: "oldest", ...(studies[0] === undefined ? {} : { study: studies[0] }) });
        const answer = await client.open("GET", `/api/history?${query.toString()}`, "text/csv");
        await writeWhole(file, answer.body as AsyncIterable<Uint8Array>);
        context.result({ file, proof: false }, () => `The history is in ${file} (CSV, without proof).`);
        return;
      }
      const query = new URLSearchParams();
      if (studies.length > 0) query.set("studies", studies.join(","));
      for (const name of ["from", "to", "headersFrom"] as const) if (options[name] !== undefined) query.set(name, String(options[name]));
      const answer = await client.open("GET", `/api/history/proof?${query.toString()}`, proofMediaType);
      const written = await writeProof(file, answer.body as AsyncIterable<Uint8Array>, io, context.json);
      context.result({ file, proof: true, ...written }, () => `${written.events} records of blocks ${written.from} to ${written.to} are in ${file} (${megabytes(written.bytes)}), proven by ${written.blocks} block headers.\nAnybody can check it: fiducial verify ${file} --genesis GENESIS`);
    });
}

type Written = { readonly bytes: number; readonly blocks: number; readonly events: number; readonly from: number; readonly to: number };

/** Writes the lines as they come; the file appears only when its last line is there. Throws CLI_BAD_ANSWER when the answer was cut off. */
async function writeProof(file: string, body: AsyncIterable<Uint8Array>, io: Io, silent: boolean): Promise<Written> {
  let bytes = 0;
  let [from, to, blocks, events] = [0, 0, 0, 0];
  let whole = false;
  let bar = progressBar(io.err, { title: "Exporting", total: 0, items: 0, silent: true });
  async function* lines() {
    for await (const text of createInterface({ input: Readable.from(body), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (blocks === 0 && text.startsWith('{"format"')) {
        const head = JSON.parse(text) as { readonly from: number; readonly to: number; readonly headersFrom: number };
        [from, to] = [head.from, head.to];
        bar = progressBar(io.err, { title: "Exporting", total: 0, items: head.to - head.headersFrom + 1, silent, unit: "blocks" });
      } else if (text.startsWith('{"end"')) {
        whole = true;
        ({ blocks, events } = (JSON.parse(text) as { readonly end: { readonly blocks: number; readonly events: number } }).end);
      } else bar.step(0, 1);
      const line = Buffer.from(`${text}\n`);
      bytes += line.length;
      yield line;
    }
    bar.end();
    if (!whole) throw fault("CLI_BAD_ANSWER", { url: "the agent", what: "the answer was cut off before its last line; its log says why" });
  }
  await writeWhole(file, lines());
  return { bytes, blocks, events, from, to };
}
