import { stringify } from "yaml";

export type FirstFile = {
  readonly role: "hospital" | "observer";
  readonly name: string;
  /** Number given at admission, or null while it is not known. */
  readonly member: number | null;
  /** The consortium's chain section, or null while it is not known. */
  readonly chain: Readonly<Record<string, unknown>> | null;
};

/** Text of a first configuration file beside a keyring made by `fiducial agent init`. What is not known yet stands as a comment, and the loader names it as missing. */
export function firstFile(input: FirstFile): string {
  const known = stringify({ role: input.role, name: input.name, dataDir: "data" });
  return [
    "# yaml-language-server: $schema=../docs/reference/config.schema.generated.json",
    "# Every key with its meaning: docs/reference/config.generated.md",
    known.trimEnd(),
    input.member === null ? "# member: 1   # the number MemberRegistry gives at admission" : `member: ${input.member}`,
    ...(input.role === "hospital" ? ["keyring:", "  dir: keyring", "  passphraseFile: passphrase"] : []),
    "identity:",
    "  accountsFile: accounts.json",
    ...(input.chain === null ? ["# chain:      # from the consortium file: endpoint, chainId, genesisHash, contracts, deployedAtBlock"] : [stringify({ chain: input.chain }, { lineWidth: 0 }).trimEnd()]),
    "",
  ].join("\n");
}

/** Text of a whole configuration file, with a remark at its head. */
export const fileText = (settings: Readonly<Record<string, unknown>>, remark: string): string =>
  `# yaml-language-server: $schema=../docs/reference/config.schema.generated.json\n# ${remark}\n${stringify(settings, { lineWidth: 0 })}`;
