import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { fault } from "../model/fault.ts";
import { roles } from "../ports/accounts.ts";

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/u);
const bytesOf = (count: number) => base64.refine((text) => Buffer.from(text, "base64").length === count);

const keptAccount = z.strictObject({
  name: z.string(),
  roles: z.array(z.enum(roles)),
  // Bounds: a planted cost must not take all memory or time.
  password: z.strictObject({ N: z.number().int().min(2 ** 14).max(2 ** 18), r: z.literal(8), p: z.literal(1), salt: bytesOf(16), hash: bytesOf(32) }),
  patient: base64.nullable(),
});
const keptFile = z.strictObject({ version: z.literal(1), accounts: z.array(keptAccount) });

/** One account as the file keeps it; `patient` is the sealed link. */
export type KeptAccount = Readonly<z.infer<typeof keptAccount>>;

const why = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "not the form of an accounts file");

/** The accounts of a file, none when it does not exist. Throws ACCOUNTS_UNREADABLE. */
export function readAccounts(file: string): KeptAccount[] {
  try {
    return keptFile.parse(JSON.parse(readFileSync(file, "utf8"))).accounts;
  } catch (error) {
    if (why(error) === "ENOENT") return [];
    throw fault("ACCOUNTS_UNREADABLE", { file, why: why(error) }, error);
  }
}

/** Changes whenever the file is replaced or edited, so that accounts made by another process are seen. */
export function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "absent" : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Replaces the file (mode 0600) as a whole: after a crash it holds the old accounts or the new, and the new once this has returned. */
export function writeAccounts(file: string, accounts: readonly KeptAccount[]): void {
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify({ version: 1, accounts }, null, 2)}\n`, { mode: 0o600, flag: "wx", flush: true });
    renameSync(temporary, file);
    sync(dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fault("DATABASE_UNUSABLE", { what: "accounts file", why: why(error) }, error);
  }
}
