import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** The text kept in `file`; made by `make` and kept there, readable by its owner only, when the file does not exist yet. */
export async function keptSecret(file: string, make: () => string): Promise<string> {
  try {
    const kept = (await readFile(file, "utf8")).trim();
    if (kept !== "") return kept; // an empty file is what an earlier run left that was ended while writing
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const secret = make();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${secret}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return secret;
}

/** A password people can read out: 20 characters without look-alikes, about 100 bits. */
export function readablePassword(): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  return [...randomBytes(20)].map((byte, at) => (at > 0 && at % 5 === 0 ? "-" : "") + letters[byte % letters.length]).join("");
}

/** A fresh secp256k1 private key, 0x and 64 hex digits. Random bytes above the group order occur with probability 2^-128. */
export const newPrivateKey = (): `0x${string}` => `0x${randomBytes(32).toString("hex")}`;
