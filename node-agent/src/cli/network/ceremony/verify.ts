import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { foundingProblems } from "../../../../../network/ceremony/consent.ts";
import { fault } from "../../../model/fault.ts";
import { contextOf } from "../../context.ts";
import type { Io } from "../../io.ts";
import { fields } from "../../text.ts";
import { foundingFrom, jsonFilesIn } from "./files.ts";

type Options = { readonly terms: string; readonly submissions: string; readonly signatures: string; readonly genesis?: string; readonly consortium?: string };

const help = `
Example:
  fiducial network verify --terms terms.yaml --submissions submissions --signatures signatures --genesis founding/genesis.json

Checks every signature in every submission, that their order makes no difference, that every member signed exactly this, and that the files given are these.
Status 1 with every problem in a sentence when it does not hold.
`;

/** `fiducial network verify` */
export function registerFoundingVerify(network: Command, io: Io): void {
  network
    .command("verify")
    .description("founding, last step: whether every member signed what terms and submissions make")
    .requiredOption("--terms <file>", "what the members agreed")
    .requiredOption("--submissions <folder>", "every member's submission")
    .requiredOption("--signatures <folder>", "every member's signature")
    .option("--genesis <file>", "a genesis.json to compare")
    .option("--consortium <file>", "a consortium.yaml to compare")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const { founding, submissions, again } = await foundingFrom(options);
      const problems: string[] = [];
      for (const order of [submissions.toReversed(), [...submissions.slice(1), ...submissions.slice(0, 1)]])
        if (again(order).statement !== founding.statement) problems.push("the order of the submissions makes a difference");
      problems.push(...foundingProblems(founding, await jsonFilesIn(options.signatures)));
      for (const [file, text] of [[options.genesis, founding.genesisText], [options.consortium, founding.consortiumText]] as const) {
        if (file === undefined) continue;
        const given = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
          throw fault("CLI_FILE", { file, why: error.code ?? "unknown" }, error);
        });
        if (given !== text) problems.push(`${file} is not what terms and submissions make`);
      }
      if (problems.length > 0) throw fault("NETWORK_CEREMONY_WRONG", { problems });
      const members = founding.consortium.members.length;
      context.result({ ok: true, genesisHash: founding.genesisHash, members }, () => fields({ holds: `all ${members} members signed this founding`, "block 0": founding.genesisHash }));
    });
}
