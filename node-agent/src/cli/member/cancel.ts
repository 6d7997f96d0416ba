import type { Command } from "commander";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { proposalOption } from "../values.ts";
import { contentOf, getCouncil, getProposal } from "./council-api.ts";
import { addressOf, relayOrKeep, signPrepared, type Unsigned } from "./signing.ts";

/** `fiducial member cancel` */
export function registerCancel(member: Command, io: Io): void {
  member
    .command("cancel")
    .description("cancel a proposal: its proposer before the vote opens, or a guardian until it is carried out")
    .argument("<proposal>", "p1, p2, ... as `fiducial member list` shows them", proposalOption)
    .requiredOption("--key-file <file>", "the proposer's governor key, or a guardian's key")
    .option("--out <file>", "keep the signed transaction in a new file instead of sending it")
    .action(async (reference: string, options: { readonly keyFile: string; readonly out?: string }, command: Command) => {
      const context = contextOf(command, io);
      const client = await context.client();
      const [council, row] = [await getCouncil(client), await getProposal(client, reference)];
      const by = await addressOf(options.keyFile, council.chainId);
      const { transaction } = await client.post<{ readonly transaction: Unsigned }>(`/api/proposals/${row.id}/cancel`, { by });
      const { councilCall } = await import("../../ledger/council-calldata.ts");
      const data = councilCall("cancel", contentOf(row.calls.map(({ call }) => call), row.description));
      const raw = await signPrepared(client, transaction, { council, data, keyFile: options.keyFile });
      const relayed = await relayOrKeep(context, client, raw, options.out);
      if (relayed !== null) context.result(relayed, () => `p${row.number} is canceled, in block ${relayed.receipt.block}.`);
    });
}
