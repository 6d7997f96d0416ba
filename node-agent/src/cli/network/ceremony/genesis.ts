import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { contextOf } from "../../context.ts";
import { writeWhole } from "../../files.ts";
import type { Io } from "../../io.ts";
import { fields } from "../../text.ts";
import { foundingFrom } from "./files.ts";

type Options = { readonly terms: string; readonly submissions: string; readonly out: string };

const help = `
Example:
  fiducial network genesis --terms terms.yaml --submissions submissions --out founding

terms.yaml is the consortium file without its members. Anybody may do this: the same terms and submissions give the same files, byte for byte, in whatever order.
`;

/** `fiducial network genesis` */
export function registerFoundingGenesis(network: Command, io: Io): void {
  network
    .command("genesis")
    .description("founding, second step: the consortium file and the genesis that terms and submissions make")
    .requiredOption("--terms <file>", "what the members agreed: the consortium file without members")
    .requiredOption("--submissions <folder>", "the members' submissions, one JSON file each")
    .requiredOption("--out <folder>", "where consortium.yaml and genesis.json go")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const { founding } = await foundingFrom(options);
      await mkdir(options.out, { recursive: true });
      await writeWhole(join(options.out, "consortium.yaml"), founding.consortiumText);
      await writeWhole(join(options.out, "genesis.json"), founding.genesisText);
      const members = founding.consortium.members.map(({ id, name }) => `${id} ${name}`);
      context.result({ genesisHash: founding.genesisHash, members, out: options.out }, () =>
        `${fields({ "block 0": founding.genesisHash, members: members.join(", "), files: options.out })}\n\nEvery member now signs: fiducial network sign`,
      );
    });
}
