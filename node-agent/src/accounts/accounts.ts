import { createHmac, randomBytes } from "node:crypto";
import { fault } from "../model/fault.ts";
import type { Accounts, Principal } from "../ports/accounts.ts";
import { checkAccount, mostPassword } from "./account-rules.ts";
import { type KeptAccount, readAccounts, stampOf, writeAccounts } from "./accounts-file.ts";
import { hashOfNobody, hashPassword, matchesPassword } from "./password-hash.ts";
import { openLink, sealLink } from "./patient-link.ts";
import { createQueue } from "./queue.ts";

export type AccountsOptions = {
  /** 32 bytes of the keyring, for patient accounts; without it there can be none. */
  readonly indexKey?: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

const rememberMilliseconds = 5 * 60_000;
const mostRemembered = 1000;
/** Password checks at once: each takes 32 MiB and a whole core. */
const atOnce = 2;

type Loaded = { readonly stamp: string; readonly accounts: ReadonlyMap<string, KeptAccount> };

/**
 * Local accounts in a JSON file of scrypt hashes. A right password is remembered for five minutes (as a keyed hash), so that HTTP
 * Basic on every request is cheap; a wrong one always takes the full time. Changes made to the file by another process are seen at the
 * next call. Throws ACCOUNTS_UNREADABLE.
 */
export function openAccounts(file: string, options: AccountsOptions = {}): Accounts {
  const now = options.now ?? Date.now;
  const { indexKey } = options;
  const nobody = hashOfNobody();
  const memoryKey = randomBytes(32);
  const remembered = new Map<string, { readonly account: KeptAccount; readonly until: number }>();
  const checks = createQueue(atOnce);
  const changes = createQueue(1);
  const load = (): Loaded => {
    const stamp = stampOf(file);
    return { stamp, accounts: new Map(readAccounts(file).map((account) => [account.name, account])) };
  };
  let loaded = load();
  const current = (): ReadonlyMap<string, KeptAccount> => {
    if (stampOf(file) !== loaded.stamp) loaded = load();
    return loaded.accounts;
  };
  const principalOf = (account: KeptAccount): Principal => {
    const { name, roles, patient } = account;
    if (patient === null) return { name, roles, patient: null };
    const link = indexKey === undefined ? null : openLink(indexKey, name, patient);
    if (link === null) throw fault("ACCOUNTS_UNREADABLE", { file, why: "a patient account was sealed with another keyring" });
    return { name, roles, patient: link };
  };
  const remember = (ticket: string, account: KeptAccount): void => {
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(ticket, { account, until: now() + rememberMilliseconds });
  };

  return {
    verify: async (name, password) => {
      const account = current().get(name);
      if (Buffer.byteLength(password) > mostPassword) return null;
      const ticket = createHmac("sha256", memoryKey).update(`${Buffer.byteLength(name)}:${name}`).update(password).digest("base64");
      const known = remembered.get(ticket);
      // Only for the very account that was checked: a new password or a removal makes another one, or none.
      if (known !== undefined && known.account.password.hash === account?.password.hash && known.until > now()) return principalOf(account);
      remembered.delete(ticket);
      const right = await checks(() => matchesPassword(password, account?.password ?? nobody));
      if (!right || account === undefined) return null;
      // The account may have been removed or changed during the check.
      const still = current().get(name);
      if (still?.password.hash !== account.password.hash) return null;
      remember(ticket, still);
      return principalOf(still);
    },
    list: () => [...current().values()].map(principalOf),
    mark: (name) => {
      const account = current().get(name);
      return account === undefined ? null : JSON.stringify(account);
    },
    put: (account) =>
      changes(async () => {
        checkAccount(account, indexKey !== undefined);
        const { name, roles } = account;
        const password = await hashPassword(account.password);
        const patient = account.patient === null || indexKey === undefined ? null : sealLink(indexKey, name, account.patient);
        writeAccounts(file, [...new Map(current()).set(name, { name, roles: [...roles], password, patient }).values()]);
        loaded = load();
      }),
    remove: (name) =>
      changes(async () => {
        const accounts = new Map(current());
        if (accounts.delete(name)) writeAccounts(file, [...accounts.values()]);
        loaded = load();
      }),
  };
}
