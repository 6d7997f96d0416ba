import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createKeyring } from "../../envelope/keyring.ts";
import { fault } from "../../model/fault.ts";
import { writeNew } from "../files.ts";

export type FirstKeys = { readonly keyring: string; readonly passphraseFile: string; readonly operator: string; readonly openpgpSha256: string; readonly spkiSha256: string };

/**
 * A hospital's keyring in `dir`/keyring under a random passphrase in `dir`/passphrase. The passphrase is on disk before the keyring is
 * made, so that no keyring can exist that nobody can open. Throws CONFIG_EXISTS, KEYRING_EXISTS.
 */
export async function createFirstKeys(dir: string, name: string): Promise<FirstKeys> {
  const passphraseFile = join(dir, "passphrase");
  const passphrase = Buffer.from(randomBytes(32).toString("base64url"));
  await writeNew(passphraseFile, `${passphrase.toString()}\n`);
  const keyringDir = join(dir, "keyring");
  const keyring = await createKeyring(keyringDir, passphrase, { role: "hospital", name });
  passphrase.fill(0);
  if (keyring.role !== "hospital") throw fault("KEYRING_MALFORMED", { what: "it is an observer's" });
  const { createSigner } = await import("../../ledger/sign.ts");
  const { address } = createSigner(Buffer.from(keyring.operatorKey.slice(2), "hex"), 1);
  return { keyring: keyringDir, passphraseFile, operator: address, openpgpSha256: keyring.identity.certificate.digest, spkiSha256: keyring.tls.spkiSha256 };
}
