import { createHash } from "node:crypto";
import type { Accounts, Principal } from "../../../../node-agent/src/ports/accounts.ts";

export const passwordOf = (name: string): string => `password of ${name} ${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;

const people: readonly Principal[] = [
  { name: "clinician", roles: ["clinician"], patient: null },
  { name: "second", roles: ["clinician"], patient: null },
  { name: "auditor", roles: ["auditor"], patient: null },
  { name: "admin", roles: ["admin"], patient: null },
  { name: "patient", roles: ["patient"], patient: { patientId: "PHANTOM-1", issuer: "" } },
  { name: "other patient", roles: ["patient"], patient: { patientId: "SOMEBODY-ELSE", issuer: "" } },
];

export async function openTestAccounts(_folder: string, _indexKey: Uint8Array): Promise<Accounts> {
  const held = new Map(people.map((one) => [one.name, { ...one, password: passwordOf(one.name) }]));
  return {
    verify: async (name, password) => {
      const one = held.get(name);
      return one !== undefined && one.password === password ? one : null;
    },
    list: () => [...held.values()],
    put: async (account) => void held.set(account.name, account),
    remove: async (name) => void held.delete(name),
  };
}
