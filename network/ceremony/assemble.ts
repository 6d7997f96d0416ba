import { createHash } from "node:crypto";
import { stringify } from "yaml";
import type { z } from "zod";
import { readStrictYaml } from "../../node-agent/src/config/strict-yaml.ts";
import { fault, isFault } from "../../node-agent/src/model/fault.ts";
import { checkConsortium } from "../consortium-file.ts";
import { type Consortium, consortiumShape } from "../consortium-schema.ts";
import { blockZeroHash } from "../genesis/block-zero.ts";
import { genesisText } from "../genesis/genesis.ts";
import { consortiumGenesis } from "../genesis/of-consortium.ts";
import type { Hex } from "../hex.ts";
import type { Submission } from "./submission.ts";

const termsShape = consortiumShape.omit({ members: true });

/** What all members agreed beforehand: the consortium file without its members. */
export type Terms = z.output<typeof termsShape>;

/** Reads the terms' YAML. Throws NETWORK_FILE_WRONG. */
export function parseTerms(text: string): Terms {
  const result = readStrictYaml(text, termsShape);
  if (result.kind === "good") return result.value;
  if (result.kind === "notYaml") throw fault("NETWORK_FILE_WRONG", { problems: [`line ${result.line}: it is not valid YAML: ${result.why}`] });
  throw fault("NETWORK_FILE_WRONG", { problems: result.problems.map(({ key, why, line }) => `${line === null ? "" : `line ${line}: `}${key}: ${why}`) });
}

/** The founding: everything that follows from terms and submissions, as texts of files, and what is signed. */
export type Founding = {
  readonly consortium: Consortium;
  readonly consortiumText: string;
  readonly genesisText: string;
  /** Hash of block 0. */
  readonly genesisHash: Hex;
  /** What each member signs: the hash of block 0, and SHA-256 of both files, since block 0 does not hold the members' certificates. */
  readonly statement: string;
};

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/**
 * The founding of these submissions, in whatever order they come: members are numbered by kind (hospitals first) and name.
 * Throws NETWORK_CEREMONY_WRONG when two submissions get in each other's way or the terms do not fit them.
 */
export function assembleFounding(terms: Terms, submissions: readonly Submission[]): Founding {
  const rank = ({ member }: Submission) => `${member.kind === "hospital" ? 0 : 1} ${member.name}`;
  const sorted = [...submissions].sort((one, two) => (rank(one) < rank(two) ? -1 : 1));
  const members = sorted.map(({ member }, at) => ({ id: at + 1, ...member }));
  const consortium = asCeremony(() => checkConsortium({ ...terms, members }));
  const text = `# Founded by ceremony; every member signed its digest.\n${stringify(consortium)}`;
  const genesis = consortiumGenesis(consortium);
  const genesisHash = blockZeroHash(genesis);
  const file = genesisText(genesis);
  return { consortium, consortiumText: text, genesisText: file, genesisHash, statement: `block 0 ${genesisHash}\nconsortium.yaml ${sha256(text)}\ngenesis.json ${sha256(file)}` };
}

function asCeremony(check: () => Consortium): Consortium {
  try {
    return check();
  } catch (error) {
    if (!isFault(error, "NETWORK_FILE_WRONG")) throw error;
    throw fault("NETWORK_CEREMONY_WRONG", { problems: error.details.problems }, error);
  }
}
