import { createECDH, randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { fault } from "../model/fault.ts";
import { createIdentity, type Identity, readIdentity } from "./identity.ts";
import { defaultLogN, openWithPassphrase, sealWithPassphrase } from "./passphrase-box.ts";
import { createTlsIdentity, type TlsIdentity } from "./tls-identity.ts";

/** A regulator's observer can talk to peers and nothing else: it holds no key that opens an image, signs a transaction or seals an index of identities. */
export type ObserverKeyring = { readonly role: "observer"; readonly tls: TlsIdentity };

/** Everything an agent needs besides chain and blocks to rebuild its state. */
export type HospitalKeyring = {
  readonly role: "hospital";
  readonly tls: TlsIdentity;
  /** OpenPGP: opens the wrapped keys of studies this hospital keeps or was granted. */
  readonly identity: Identity;
  /** secp256k1 private key of the operator account, 0x and 64 hex digits. */
  readonly operatorKey: `0x${string}`;
  /** 32 bytes: root of the local index's keyed hashes and row keys. */
  readonly indexKey: Buffer;
};

export type Keyring = HospitalKeyring | ObserverKeyring;

const fileName = "keyring.sealed";
const tlsForm = z.strictObject({ keyPem: z.string(), certPem: z.string(), spkiSha256: z.custom<TlsIdentity["spkiSha256"]>((v) => typeof v === "string" && /^0x[0-9a-f]{64}$/u.test(v)) });
const form = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("observer"), tls: tlsForm }),
  z.strictObject({
    role: z.literal("hospital"),
    tls: tlsForm,
    openpgp: z.base64(),
    operatorKey: z.custom<`0x${string}`>((v) => typeof v === "string" && /^0x[0-9a-f]{64}$/u.test(v)),
    indexKey: z.base64(),
  }),
]);

async function contents(role: Keyring["role"], name: string): Promise<z.infer<typeof form>> {
  const tls = createTlsIdentity({ name });
  if (role === "observer") return { role, tls };
  const identity = await createIdentity({ name });
  const curve = createECDH("secp256k1");
  curve.generateKeys();
  return {
    role,
    tls,
    openpgp: Buffer.from(identity.secret).toString("base64"),
    operatorKey: `0x${curve.getPrivateKey("hex").padStart(64, "0")}`,
    indexKey: randomBytes(32).toString("base64"),
  };
}

/**
 * Makes a keyring of fresh keys in `folder` (created if absent) and returns it open. The one file is sealed under the passphrase,
 * readable by its owner only, and on the disk before this resolves. Throws KEYRING_EXISTS rather than overwrite, KEYRING_WEAK_PASSPHRASE.
 * `name` is the institution's and appears in its public certificates; `logN` is scrypt's cost.
 */
export async function createKeyring(
  folder: string,
  passphrase: Uint8Array,
  input: { readonly role: Keyring["role"]; readonly name: string; readonly logN?: number },
): Promise<Keyring> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const plain = Buffer.from(JSON.stringify(await contents(input.role, input.name)));
  const sealed = await sealWithPassphrase(plain, passphrase, input.logN ?? defaultLogN);
  plain.fill(0);
  const path = join(folder, fileName);
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(sealed);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // `link` refuses an existing name where `rename` would replace the only copy of a hospital's keys.
    await link(temporary, path);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") throw fault("KEYRING_EXISTS", {}, cause);
    throw cause;
  } finally {
    await unlink(temporary);
  }
  const parent = await open(folder, "r");
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
  return await openKeyring(folder, passphrase);
}

/** Opens the keyring in `folder`. Throws KEYRING_MISSING, KEYRING_WRONG_PASSPHRASE (also for a damaged file), KEYRING_MALFORMED. */
export async function openKeyring(folder: string, passphrase: Uint8Array): Promise<Keyring> {
  const sealed = await readFile(join(folder, fileName)).catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") throw fault("KEYRING_MISSING", {}, cause);
    throw cause;
  });
  const plain = await openWithPassphrase(sealed, passphrase);
  const parsed = form.safeParse(JSON.parse(plain.toString("utf8")));
  plain.fill(0);
  // The schema's own words could repeat key material; only the fact is told.
  if (!parsed.success) throw fault("KEYRING_MALFORMED", { what: "its contents are of another version" });
  const { data } = parsed;
  if (data.role === "observer") return data;
  const identity = await readIdentity(Buffer.from(data.openpgp, "base64"));
  return { role: data.role, tls: data.tls, identity, operatorKey: data.operatorKey, indexKey: Buffer.from(data.indexKey, "base64") };
}
