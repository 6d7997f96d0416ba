import { openAccounts } from "../../accounts/accounts.ts";
import type { Config } from "../../config/schema.ts";
import { readSecret } from "../../config/secret.ts";
import { openKeyring } from "../../envelope/keyring.ts";
import type { Accounts } from "../../ports/accounts.ts";

/** The local accounts of an agent, as the agent itself opens them; links to patients are sealed with its keyring. */
export async function openAccountsOf(config: Config): Promise<Accounts> {
  if (config.keyring === null) return openAccounts(config.identity.accountsFile);
  const passphrase = await readSecret("keyring.passphraseFile", config.keyring.passphraseFile);
  const keyring = await openKeyring(config.keyring.dir, passphrase);
  passphrase.fill(0);
  return openAccounts(config.identity.accountsFile, keyring.role === "hospital" ? { indexKey: keyring.indexKey } : {});
}
