import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { firstFile } from "../../config/first-file.ts";
import type { MemberId } from "../../model/ids.ts";
import { contextOf } from "../context.ts";
import { writeNew } from "../files.ts";
import type { Parts } from "../program-parts.ts";
import { fields } from "../text.ts";
import { memberOption } from "../values.ts";
import { chainSection } from "./chain-section.ts";
import { createFirstKeys } from "./first-keys.ts";

const examples = `
Examples:
  fiducial agent init --dir /etc/fiducial --name "St. Anna" --endpoint https://images.st-anna.example:8443
  fiducial agent init --dir ./reg --name "Health Authority" --role observer --member 4 --consortium consortium.json

Makes agent.yaml and, for a hospital, a keyring under a random passphrase, and prints what the consortium needs in order to admit you.
Nothing that exists is overwritten. Back up the keyring folder and the passphrase file, apart from each other.
`;

type Options = { readonly dir: string; readonly name: string; readonly role: "hospital" | "observer"; readonly member?: MemberId; readonly endpoint: string; readonly consortium?: string; readonly chainEndpoint: string };

/** `fiducial agent init` */
export function registerAgentInit(agent: Command, { io }: Parts): void {
  agent
    .command("init")
    .description("make keys and a first configuration for this institution")
    .requiredOption("--dir <folder>", "where they go; made when absent")
    .requiredOption("--name <name>", "display name of the institution")
    .addOption(new Option("--role <role>", "hospital, or observer for a regulator").choices(["hospital", "observer"]).default("hospital"))
    .option("--member <number>", "number given at admission, when known", memberOption)
    .option("--endpoint <url>", "https URL under which other members reach this agent", "")
    .option("--consortium <file>", "JSON or YAML with chainId, genesisHash, contracts and deployedAtBlock, as the consortium hands out")
    .option("--chain-endpoint <url>", "JSON-RPC URL of your own node", "http://127.0.0.1:8545")
    .addHelpText("after", examples)
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command, io);
      const dir = resolve(options.dir);
      const chain = options.consortium === undefined ? null : await chainSection(options.consortium, options.chainEndpoint);
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const config = join(dir, "agent.yaml");
      await writeNew(config, firstFile({ role: options.role, name: options.name, member: options.member ?? null, chain }));
      const keys = options.role === "hospital" ? await createFirstKeys(dir, options.name) : null;
      const admission = {
        kind: options.role,
        displayName: options.name,
        ...(keys === null ? {} : { endpoint: options.endpoint, operator: keys.operator, openpgpSha256: keys.openpgpSha256, spkiSha256: keys.spkiSha256 }),
      };
      context.result({ config, ...(keys === null ? {} : { keyring: keys.keyring, passphraseFile: keys.passphraseFile }), admission }, () =>
        [
          `Configuration: ${config}`,
          ...(keys === null ? [] : [`Keyring: ${keys.keyring} (passphrase in ${keys.passphraseFile})`]),
          "",
          "For your admission, tell the consortium:",
          fields(admission),
          "",
          `Next: fill in what ${config} leaves open, then`,
          `  fiducial agent account add admin --roles admin --password-file FILE --config ${config}`,
          `  fiducial doctor --config ${config}`,
          `  fiducial agent run --config ${config}`,
        ].join("\n"),
      );
    });
}
