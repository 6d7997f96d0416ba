import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** A password as kept: scrypt (RFC 7914) with its own salt and cost, so that the cost can be raised without touching old accounts. */
export type PasswordHash = { readonly N: number; readonly r: 8; readonly p: 1; readonly salt: string; readonly hash: string };

/** 2^15 takes 32 MiB and about a tenth of a second. */
const cost = { N: 2 ** 15, r: 8, p: 1 } as const;
const hashBytes = 32;

function derive(password: string, salt: Uint8Array, { N, r, p }: Pick<PasswordHash, "N" | "r" | "p">): Promise<Buffer> {
  // RFC 8265: the same password typed on another keyboard may arrive composed differently.
  const secret = password.normalize("NFC");
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, hashBytes, { N, r, p, maxmem: 256 * N * r * p }, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

/** Hashes a new password. */
export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, cost);
  return { ...cost, salt: salt.toString("base64"), hash: hash.toString("base64") };
}

/** Whether the password is the hashed one, compared in constant time. */
export async function matchesPassword(password: string, kept: PasswordHash): Promise<boolean> {
  const derived = await derive(password, Buffer.from(kept.salt, "base64"), kept);
  return timingSafeEqual(derived, Buffer.from(kept.hash, "base64"));
}

/** A hash that no password has, for names that do not exist: refusing them takes as long as refusing a wrong password. */
export const hashOfNobody = (): PasswordHash => ({ ...cost, salt: randomBytes(16).toString("base64"), hash: randomBytes(hashBytes).toString("base64") });
