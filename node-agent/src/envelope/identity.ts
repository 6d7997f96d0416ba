import { generateKey, type PrivateKey, readPrivateKey } from "openpgp";
import { fault } from "../model/fault.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import { openpgpConfig } from "./openpgp-config.ts";

/** An institution's OpenPGP key pair. `secret` is the transferable secret key, binary, unprotected: it lives only in memory and in the keyring. */
export type Identity = { readonly secret: Uint8Array; readonly privateKey: PrivateKey; readonly certificate: Certificate };

/** Hospitals' clocks differ; a key dated in a peer's future would be refused there. */
const clockSlackMs = 3_600_000;

/** Makes a version 6 key pair (Ed25519 to certify, X25519 to receive; RFC 9580 sections 5.5.5.7, 5.5.5.9) that does not expire. `name` is the institution's. */
export async function createIdentity(input: { readonly name: string }): Promise<Identity> {
  const { privateKey } = await generateKey({
    type: "curve25519",
    userIDs: [{ name: input.name }],
    date: new Date(Date.now() - clockSlackMs),
    format: "object",
    config: openpgpConfig,
  });
  return await readIdentity(privateKey.write());
}

/** Parses a binary transferable secret key. Throws ENVELOPE_CERTIFICATE_UNFIT, also when it is protected by a passphrase. */
export async function readIdentity(secret: Uint8Array): Promise<Identity> {
  const privateKey = await readPrivateKey({ binaryKey: secret, config: openpgpConfig }).catch((cause: unknown) => {
    throw fault("ENVELOPE_CERTIFICATE_UNFIT", { why: "it is not a binary OpenPGP private key" }, cause);
  });
  if (!privateKey.isDecrypted()) throw fault("ENVELOPE_CERTIFICATE_UNFIT", { why: "the private key is locked" });
  return { secret, privateKey, certificate: await readCertificate(privateKey.toPublic().write()) };
}
