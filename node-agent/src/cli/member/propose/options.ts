import type { Command } from "commander";
import { fault } from "../../../model/fault.ts";
import type { Client } from "../../client.ts";
import { contextOf } from "../../context.ts";
import type { Io } from "../../io.ts";
import { type Call, contentOf, type CouncilInfo, getCouncil, getProposal, proposalText } from "../council-api.ts";
import { addressOf, relayOrKeep, signPrepared, type Unsigned } from "../signing.ts";

/** What every `propose` subcommand takes besides its own options. */
export type Common = { readonly keyFile: string; readonly why: string; readonly out?: string; readonly dryRun?: boolean };
type Prepared = { readonly id: `0x${string}`; readonly does: readonly string[]; readonly twoThirds: boolean; readonly transaction: Unsigned };

/** Calls of a proposal made from a subcommand's own options. */
export type MakeCalls<Options> = (council: CouncilInfo, options: Options, args: readonly string[], client: Client) => Promise<readonly Call[]> | readonly Call[];

/** Adds the common options to a subcommand and runs it: builds the calls here, has the agent weigh them, signs here, has the agent relay. */
export function asProposal<Options>(command: Command, io: Io, make: MakeCalls<Options>, describe: (why: string, options: Options, args: readonly string[]) => Promise<string> | string = (why) => why): void {
  command
    .requiredOption("--key-file <file>", "the governor's key; it stays here")
    .requiredOption("--why <text>", "the reason, for everybody to read: never anything about a patient")
    .option("--out <file>", "keep the signed transaction in a new file instead of sending it")
    .option("--dry-run", "say what would be proposed, sign and send nothing")
    .action(async (...given: unknown[]) => {
      const self = given.at(-1) as Command;
      const options = self.opts<Options & Common>();
      const context = contextOf(self, io);
      const client = await context.client();
      const council = await getCouncil(client);
      const calls = await make(council, options, self.args, client);
      const description = await describe(options.why, options, self.args);
      if (description.trim() === "") throw fault("CLI_USAGE", { why: "--why takes a reason" });
      const { councilCall, proposalIdOf } = await import("../../../ledger/council-calldata.ts");
      const content = contentOf(calls, description);
      const proposer = await addressOf(options.keyFile, council.chainId);
      const prepared = await client.post<Prepared>("/api/proposals/prepare", { proposer, calls, description });
      const says = [...prepared.does.map((one) => `  - ${one}`), `Needs ${prepared.twoThirds ? "two thirds" : "more than half"} of all votes.`].join("\n");
      if (options.dryRun === true) return context.result({ id: prepared.id, does: prepared.does, twoThirds: prepared.twoThirds, calls, description }, () => `Would propose:\n${says}`);
      context.note(`Proposing:\n${says}`);
      const raw = await signPrepared(client, prepared.transaction, { council, data: councilCall("propose", content), keyFile: options.keyFile });
      const relayed = await relayOrKeep(context, client, raw, options.out);
      if (relayed === null) return;
      const row = await getProposal(client, proposalIdOf(content));
      context.result({ ...row, receipt: relayed.receipt }, () => `${proposalText(row)}\n\nVote: fiducial member vote p${row.number} --for --key-file FILE`);
    });
}

/** A call of one of the consortium's contracts. Throws CLI_USAGE where this consortium has none of that name. */
export async function callTo(council: CouncilInfo, contract: Parameters<(typeof import("../../../ledger/abi-codec.ts"))["encodeCall"]>[0], name: string, args: readonly unknown[]): Promise<Call> {
  const { encodeCall } = await import("../../../ledger/abi-codec.ts");
  const target = council.contracts[contract];
  if (target === undefined) throw fault("CLI_USAGE", { why: `this consortium has no ${contract}` });
  return { target, value: "0", data: encodeCall(contract, name as Parameters<typeof encodeCall>[1], args) };
}
