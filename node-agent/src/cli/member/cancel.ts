import type { Command } from "commander";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { proposalOption } from "../values.ts";
import { contentOf, demandSame, getCouncil, getProposal } from "./council-api.ts";
import { approvalOptions } from "./guardians.ts";
import { addressOf, relayOrKeep, signPrepared, type Unsigned } from "./signing.ts";
import { approveStop, cancelAct, getGuardians, type StopOptions } from "./stopping.ts";

/** `fiducial member cancel` */
export function registerCancel(member: Command, io: Io): void {
  approvalOptions(
    member
      .command("cancel")
      .description("cancel a proposal: its proposer before the vote opens; guardians together until it is carried out, each approving by this command")
      .argument("<proposal>", "p1, p2, ... as `fiducial member list` shows them", proposalOption)
      .requiredOption("--key-file <file>", "the proposer's governor key, or a guardian's key"),
  ).action(async (reference: string, options: StopOptions, command: Command) => {
    const context = contextOf(command, io);
    const client = await context.client();
    const [council, row] = [await getCouncil(client), await getProposal(client, reference)];
    await demandSame(client.url, row);
    const by = await addressOf(options.keyFile, council.chainId);
    const alone = row.proposer.toLowerCase() === by && row.standing.state === "pending" && options.withdraw !== true;
    const guardian = !alone && council.contracts["guardianPanel"] !== undefined && (await getGuardians(client)).guardians.some((one) => one.guardian.toLowerCase() === by);
    if (guardian) return await approveStop(context, client, council, { stop: { cancel: row.id }, act: cancelAct(council, row.id), what: `p${row.number} is canceled` }, options);
    const { transaction } = await client.post<{ readonly transaction: Unsigned }>(`/api/proposals/${row.id}/cancel`, { by });
    const { councilCall } = await import("../../ledger/council-calldata.ts");
    const data = councilCall("cancel", contentOf(row.calls.map(({ call }) => call), row.description));
    const raw = await signPrepared(client, transaction, { council, data, keyFile: options.keyFile });
    const relayed = await relayOrKeep(context, client, raw, options.out);
    if (relayed !== null) context.result(relayed, () => `p${row.number} is canceled, in block ${relayed.receipt.block}.`);
  });
}
