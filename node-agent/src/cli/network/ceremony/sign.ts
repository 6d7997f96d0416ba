import type { Command } from "commander";
import { signFounding } from "../../../../../network/ceremony/consent.ts";
import { readSecret } from "../../../config/secret.ts";
import { contextOf } from "../../context.ts";
import { writeWhole } from "../../files.ts";
import type { Io } from "../../io.ts";
import { foundingFrom } from "./files.ts";

type Options = { readonly terms: string; readonly submissions: string; readonly key: string; readonly out: string };

const help = `
Example:
  fiducial network sign --terms terms.yaml --submissions submissions --key /etc/fiducial/node/key --out signatures/north.json

Assembles the founding anew from terms and submissions, so nothing that somebody else assembled is believed; then signs the hash of block 0 and of both files.
`;

/** `fiducial network sign` */
export function registerFoundingSign(network: Command, io: Io): void {
  network
    .command("sign")
    .description("founding, third step of each member: sign what terms and submissions make")
    .requiredOption("--terms <file>", "what the members agreed")
    .requiredOption("--submissions <folder>", "every member's submission")
    .requiredOption("--key <file>", "key of this member's first node")
    .requiredOption("--out <file>", "file of the signature, for all members")
    .addHelpText("after", help)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const { founding } = await foundingFrom(options);
      const signature = signFounding(founding, (await readSecret("--key", options.key)).toString("utf8"));
      await writeWhole(options.out, `${JSON.stringify(signature, null, 2)}\n`);
      context.result({ member: signature.member, genesisHash: founding.genesisHash, file: options.out }, () => `${signature.member} signed the founding with block 0 ${founding.genesisHash}: ${options.out}`);
    });
}
