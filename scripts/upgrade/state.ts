import { readFile, rename, writeFile } from "node:fs/promises";
import type { Address, Hex } from "viem";
import type { upgradeable } from "../generate/layouts.ts";
import type { Subject } from "../verify/subject.ts";

export type UpgradeName = (typeof upgradeable)[number];

/** One upgrade from preparation to effect. Kept in a file after every step, so that a run cut anywhere goes on where it stood. */
export type UpgradeState = Subject & {
  readonly contract: UpgradeName;
  /** The new version's source, `contracts/X.sol:X`. */
  readonly source: string;
  readonly proxy: Address;
  /** The call that goes with the upgrade; "0x" for none. */
  readonly init: Hex;
  /** File with the layout of the code in use; null for the committed one. */
  readonly before: string | null;
  /** The new code, once it is on the chain. */
  readonly candidate: Address | null;
  /** Whether every check was passed with this candidate. */
  readonly checked: boolean;
  /** As proposed; null before. */
  readonly description: string | null;
};

/** The state kept in a file, or null when there is none yet. Throws what reading throws otherwise. */
export async function readState(file: string): Promise<UpgradeState | null> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  return text === null ? null : (JSON.parse(text) as UpgradeState);
}

/** Whole or not at all. */
export async function keepState(file: string, state: UpgradeState): Promise<UpgradeState> {
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${file}.new`, file);
  return state;
}
