import { createHash } from "node:crypto";
import { join } from "node:path";
import { openAccounts } from "../../../../node-agent/src/accounts/accounts.ts";
import type { Accounts, Principal } from "../../../../node-agent/src/ports/accounts.ts";

export const passwordOf = (name: string): string => `password of ${name} ${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;

const people: readonly Principal[] = [
  { name: "clinician", roles: ["clinician"], patient: null },
  { name: "second", roles: ["clinician"], patient: null },
  { name: "auditor", roles: ["auditor"], patient: null },
  { name: "admin", roles: ["admin"], patient: null },
  { name: "patient", roles: ["patient"], patient: { patientId: "PHANTOM-1", issuer: "" } },
  { name: "other.patient", roles: ["patient"], patient: { patientId: "SOMEBODY-ELSE", issuer: "" } },
];

/** The accounts file of a hospital with one account per role; without a key, as on an observer, there are no patients. */
export async function openTestAccounts(folder: string, indexKey: Uint8Array | null): Promise<Accounts> {
  const accounts = openAccounts(join(folder, "accounts.json"), indexKey === null ? {} : { indexKey });
  for (const one of people) if (indexKey !== null || one.patient === null) await accounts.put({ ...one, password: passwordOf(one.name) });
  return accounts;
}
