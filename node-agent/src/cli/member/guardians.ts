import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import { brakeWords } from "../../model/guardians.ts";
import { address } from "../../model/ids.ts";
import { contextOf } from "../context.ts";
import type { Io } from "../io.ts";
import { fields, table } from "../text.ts";
import { countOption } from "../values.ts";
import { getCouncil } from "./council-api.ts";
import { approvedText, approveStop, getGuardians, type GuardianInfo, type StopOptions } from "./stopping.ts";

const states = { open: "may be stopped", done: "stopped", never: "not the guardians'" } as const;

function guardiansText({ panel, threshold, guardians, acts }: GuardianInfo): string {
  const seats = guardians.map(({ guardian, governorOf }) => [guardian, governorOf === null ? "appointed" : `governor of member ${governorOf}`]);
  const rows = acts.map((act) => [act.contract === null ? `cancel p${act.proposal}` : `pause ${act.contract}`, states[act.state], approvedText(act)]);
  const braked = acts.filter(({ contract, state }) => contract !== null && state === "done").map(({ contract, stays }) => `${contract} is braked. Goes on: ${stays}. Only a vote releases it: fiducial member propose resume ${contract}`);
  return [fields({ panel, "must agree": `${threshold} of ${guardians.length}` }), "", table(["GUARDIAN", "WHO"], seats, "No guardians."), "", table(["ACT", "STATE", "APPROVED"], rows, "Nothing to stop."), ...(braked.length === 0 ? [] : ["", ...braked])].join("\n");
}

/** Options of a guardian's approval, shared by pause and cancel. */
export const approvalOptions = (command: Command): Command =>
  command
    .option("--hours <count>", "how long a guardian's approval counts", countOption(1, 167), 24)
    .option("--withdraw", "take this guardian's approval back")
    .option("--out <file>", "keep what was signed in a new file instead of sending it");

/** `fiducial member guardians` and `fiducial member pause` */
export function registerGuardians(member: Command, io: Io): void {
  member
    .command("guardians")
    .description("who may stop writes or cancel a proposal, how many must agree, and what they approve of now")
    .action(async (_options: unknown, command: Command) => {
      const context = contextOf(command, io);
      const info = await getGuardians(await context.client());
      context.result(info, () => guardiansText(info));
    });
  approvalOptions(
    member
      .command("pause")
      .description("approve, as a guardian, that a contract's writes stop; they do once enough guardians approve. Only a vote lets them go on")
      .argument("<contract>", Object.keys(brakeWords).join(", "))
      .requiredOption("--key-file <file>", "the guardian's key; it stays here"),
  )
    .addHelpText("after", "\nExample:\n  fiducial member pause consentRegistry --key-file guardian.key\n  fiducial member propose resume consentRegistry --why \"the fault is mended\" --key-file governor.key\n")
    .action(async (contract: string, options: StopOptions, command: Command) => {
      const context = contextOf(command, io);
      if (!(contract in brakeWords)) throw fault("CLI_USAGE", { why: `name one of ${Object.keys(brakeWords).join(", ")}` });
      const client = await context.client();
      const council = await getCouncil(client);
      const target = council.contracts[contract];
      if (target === undefined) throw fault("CLI_USAGE", { why: `this consortium has no ${contract}` });
      await approveStop(context, client, council, { stop: { pause: contract }, act: { target: address(target), proposal: null }, what: `The writes of ${contract} are stopped` }, options);
    });
}
