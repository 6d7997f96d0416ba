import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { loadConfig } from "../../config/load.ts";
import { placesOf } from "../../ledger/contracts.ts";
import { createProofDecoder } from "../../ledger/proof-decoder.ts";
import { fault } from "../../model/fault.ts";
import type { LedgerEvent } from "../../model/ledger-events.ts";
import { readGenesis } from "../../proof/genesis.ts";
import { type ProofReport, ProofVerifier, type Trust } from "../../proof/verifier.ts";
import { contextOf } from "../context.ts";
import { readJson } from "../files.ts";
import type { Io } from "../io.ts";
import { progressBar } from "../progress-bar.ts";
import { hex32Option } from "../values.ts";
import { placeOf, reportText, unproven } from "./report.ts";

const examples = `
Examples:
  fiducial verify history.ndjson --genesis genesis.json
  fiducial verify history.ndjson --genesis genesis.json --config /etc/fiducial/agent.yaml
  fiducial verify recent.ndjson --checkpoint 0x9c2f...41 --json

Works offline and asks nobody. What you trust decides: the genesis file that the members signed (its hash is computed here, from every byte), the contracts'
addresses in your own agent's configuration, or the hash of a block that you saw on a node of your own.
Exit status 0: proven. 7: refused, with block and record. 8: consistent, but nothing that you trust proves it.
`;

type Options = { readonly genesis?: string; readonly genesisHash?: `0x${string}`; readonly checkpoint?: `0x${string}`; readonly config?: string; readonly quiet?: boolean };

/** `fiducial verify` */
export function registerVerify(program: Command, io: Io): void {
  program
    .command("verify")
    .description("check an exported history offline: seals, validators, receipts, completeness, order")
    .argument("<export>", "a file written by `fiducial history export --proof`")
    .option("--genesis <file>", "the consortium's genesis file (Besu's JSON)")
    .option("--genesis-hash <hash>", "the hash of block 0, when the file is not at hand", hex32Option)
    .option("--checkpoint <hash>", "hash of the export's first block, when it does not begin at the genesis", hex32Option)
    .option("--config <file>", "an agent's configuration whose chain and contracts you trust")
    .option("--quiet", "the verdict alone, without the history")
    .addHelpText("after", examples)
    .action(async (file: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const trust = await trustOf(options);
      const events: LedgerEvent[] = [];
      const report = await verifyFile(file, trust, io, context.json, context.signal, (event) => {
        if (options.quiet !== true) events.push(event);
      });
      context.result(options.quiet === true ? report : { ...report, history: events }, () => reportText(report, options.quiet === true ? null : events));
      const [first] = report.findings;
      if (first !== undefined) throw fault("PROOF_REFUTED", { findings: report.findingCount, first: `${placeOf(first)}: ${first.what} [${first.code}]` });
      const why = unproven(report);
      if (why !== null) throw fault("PROOF_UNPROVEN", { why });
    });
}

async function trustOf(options: Options): Promise<Trust> {
  const chain = options.config === undefined ? null : (await loadConfig(options.config)).chain;
  return {
    ...(chain === null ? {} : { chainId: chain.chainId, genesisHash: chain.genesisHash, contracts: Object.fromEntries(placesOf(chain.contracts)) }),
    ...(options.genesisHash === undefined ? {} : { genesisHash: options.genesisHash }),
    ...(options.genesis === undefined ? {} : { genesis: readGenesis(await readJson(options.genesis)) }),
    ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
  };
}

/** Reads and checks a file of any length. Throws CLI_FILE. */
async function verifyFile(file: string, trust: Trust, io: Io, silent: boolean, signal: AbortSignal, onEvent: (event: LedgerEvent) => void): Promise<ProofReport> {
  const unusable = (error: NodeJS.ErrnoException): never => {
    throw fault("CLI_FILE", { file, why: error.code ?? error.message }, error);
  };
  const { size } = await stat(file).catch(unusable);
  const verifier = new ProofVerifier({ trust, decoderFor: createProofDecoder, onEvent });
  const bar = progressBar(io.err, { title: "Checking", total: size, items: 0, silent, unit: "blocks" });
  const input = createReadStream(file);
  const failed = new Promise<never>((_done, fail) => input.once("error", fail));
  failed.catch(() => {});
  const read = async (): Promise<void> => {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      signal.throwIfAborted();
      verifier.line(text);
      bar.step(text.length + 1, 1);
    }
  };
  await Promise.race([read(), failed]).catch((error: NodeJS.ErrnoException) => (error.code?.startsWith("E") === true ? unusable(error) : Promise.reject(error)));
  bar.end();
  return verifier.report();
}
