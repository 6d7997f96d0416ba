import type { Command } from "commander";
import type { Io } from "../../io.ts";
import { registerContractProposals } from "./contracts.ts";
import { registerMembershipProposals } from "./membership.ts";
import { registerParameterProposals } from "./parameters.ts";

const help = `
Examples:
  fiducial member propose suspend 3 --why "no answer to the audit of May" --key-file governor.key
  fiducial member propose deadlines --emergency 600 --why "agreed on 3 June" --key-file governor.key
  fiducial member propose admit --admission st-anna.json --governor 0x52... --why "vetted by all" --key-file governor.key

The governor's key signs here and stays here; the agent only relays. Every proposal is shown in words before it is signed.
`;

/** `fiducial member propose ...` */
export function registerPropose(member: Command, io: Io): void {
  const propose = member.command("propose").description("put something to the vote of all hospitals, signed by this hospital's governor").addHelpText("after", help);
  registerMembershipProposals(propose, io);
  registerParameterProposals(propose, io);
  registerContractProposals(propose, io);
}
