import { join } from "node:path";
import { createKeyring, type HospitalKeyring, openKeyring } from "../../node-agent/src/envelope/keyring.ts";
import { privateKeyToAccount } from "viem/accounts";
import { keptSecret, newPrivateKey, readablePassword } from "./secrets.ts";
import type { Layout, Seat } from "./layout.ts";

export type Hex = `0x${string}`;

/** The hospital's keyring under its passphrase file; both are made on the first run. */
export async function hospitalKeyring(seat: Seat): Promise<HospitalKeyring> {
  const passphrase = Buffer.from(await keptSecret(seat.passphraseFile, readablePassword));
  const keyring = await openKeyring(seat.keyringDir, passphrase).catch(async (error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "KEYRING_MISSING")
      return await createKeyring(seat.keyringDir, passphrase, { role: "hospital", name: seat.name });
    throw error;
  });
  if (keyring.role !== "hospital") throw new Error(`${seat.keyringDir} holds an observer's keyring`);
  return keyring;
}

/** A key of a person or a body of the consortium, kept in the folder: a governor's, a guardian's, the reviewer's. */
export async function keyOf(plan: Layout, who: string): Promise<{ readonly privateKey: Hex; readonly address: Hex }> {
  const privateKey = (await keptSecret(join(plan.dir, "people", `${who}.key`), newPrivateKey)) as Hex;
  return { privateKey, address: privateKeyToAccount(privateKey).address.toLowerCase() as Hex };
}

/** Who sits on the guardians' panel: one person of each hospital, with a key of its own. Two of three must agree. */
export const guardiansOf = (plan: Layout): Promise<Hex[]> =>
  Promise.all(plan.seats.filter(({ role }) => role === "hospital").map(async ({ key }) => (await keyOf(plan, `guardian-${key}`)).address));
