import type { Command } from "commander";
import { fault } from "../../model/fault.ts";
import type { TypedData } from "../../model/typed-data.ts";
import { signTypedData } from "../../wallet/sign.ts";
import { contextOf } from "../context.ts";
import { writeNew } from "../files.ts";
import type { Io } from "../io.ts";
import { readKeyFile } from "../key-file.ts";
import { hex32Option } from "../values.ts";

const examples = `
Example:
  fiducial review sign 0x77aa...01 --not-justified --reasons "no entry in the emergency log" --key-file reviewer.key --out review.json

Only a salted digest of the reasons goes on the chain. The file keeps salt and reasons: they prove later what was decided and why.
`;

type Options = { readonly justified?: boolean; readonly notJustified?: boolean; readonly reasons: string; readonly keyFile: string; readonly out: string };
type Prepared = { readonly terms: { readonly request: string; readonly justified: boolean; readonly note: string }; readonly typedData: TypedData; readonly salt: string };

/** `fiducial review sign` */
export function registerReviewSign(review: Command, io: Io): void {
  review
    .command("sign")
    .description("decide on an emergency access and sign the decision")
    .argument("<request>", "request id", hex32Option)
    .option("--justified", "the access was justified")
    .option("--not-justified", "it was not; it costs the requester credit")
    .requiredOption("--reasons <text>", "why; kept in the file, never on the chain")
    .requiredOption("--key-file <file>", "the reviewer's key")
    .requiredOption("--out <file>", "new file for the signed review")
    .addHelpText("after", examples)
    .action(async (request: string, options: Options, command: Command) => {
      const context = contextOf(command, io);
      const justified = options.justified === true;
      if (justified === (options.notJustified === true)) throw fault("CLI_USAGE", { why: "give one of --justified and --not-justified" });
      const key = await readKeyFile(options.keyFile);
      const client = await context.client();
      const prepared = await client.post<Prepared>("/api/reviews/prepare", { request, justified, reasons: options.reasons });
      const { createSigner } = await import("../../ledger/sign.ts");
      const { address } = createSigner(key, prepared.typedData.domain.chainId);
      const signature = signTypedData(prepared.typedData, key);
      key.fill(0);
      const signed = { kind: "review", terms: prepared.terms, reviewer: address, signature, salt: prepared.salt, reasons: options.reasons };
      await writeNew(options.out, `${JSON.stringify(signed, null, 2)}\n`);
      context.result({ file: options.out, terms: prepared.terms, reviewer: address }, () => `Written to ${options.out}. Hand it in at a hospital's agent: fiducial review submit ${options.out} --url URL`);
    });
}
