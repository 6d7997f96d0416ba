/** Who may sign in here. `patient` accounts see their own studies only; `auditor` sees histories without names; `admin` manages the agent, not images. */
export const roles = ["clinician", "patient", "auditor", "admin"] as const;
export type Role = (typeof roles)[number];

export type Principal = {
  readonly name: string;
  readonly roles: readonly Role[];
  /** For patients: the local Patient ID and issuer they are, unsealed in memory only. */
  readonly patient: { readonly patientId: string; readonly issuer: string } | null;
};

export type Accounts = {
  /** The principal, or null when name or password is wrong; takes about the same time either way. */
  verify(name: string, password: string): Promise<Principal | null>;
  list(): Principal[];
  /** Text that changes whenever the account does (password, roles, link), by whatever process; null when there is none of that name. */
  mark(name: string): string | null;
  /** Adds or replaces an account, durably. Throws ACCOUNT_INVALID for unusable names or short passwords. */
  put(account: Principal & { readonly password: string }): Promise<void>;
  remove(name: string): Promise<void>;
};
