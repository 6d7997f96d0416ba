import { createHash } from "node:crypto";
import { generateSessionKey, type PublicKey, readKey } from "openpgp";
import { fault } from "../model/fault.ts";
import { type Digest, digest } from "../model/ids.ts";
import { openpgpConfig } from "./openpgp-config.ts";

/** An institution's OpenPGP certificate, parsed once and known to be fit for receiving keys. */
export type Certificate = {
  /** The transferable public key, binary: what peers exchange and what the digest is over. */
  readonly binary: Uint8Array;
  /** SHA-256 of `binary`: what MemberRegistry holds. */
  readonly digest: Digest;
  readonly key: PublicKey;
};

/** SHA-256 of a binary certificate. */
export const certificateDigest = (binary: Uint8Array): Digest => digest(`0x${createHash("sha256").update(binary).digest("hex")}`);

/**
 * Parses a binary certificate and refuses one that openpgp would silently serve with a weaker message form:
 * ENVELOPE_CERTIFICATE_UNFIT unless version 6, valid today and announcing SEIPDv2 with AES-256 GCM (RFC 9580 sections 5.2.3.15, 5.2.3.32).
 * Compare `digest` with the registered one before trusting whose it is.
 */
export async function readCertificate(binary: Uint8Array): Promise<Certificate> {
  const unfit = (why: string, cause?: unknown): Error => fault("ENVELOPE_CERTIFICATE_UNFIT", { why }, cause);
  const key = await readKey({ binaryKey: binary, config: openpgpConfig }).catch((cause: unknown) => {
    throw unfit("it is not a binary OpenPGP certificate", cause);
  });
  if (key.isPrivate()) throw unfit("it holds a private key");
  if (key.keyPacket.version !== 6) throw unfit(`its key is of version ${key.keyPacket.version}, not 6`);
  // The library's own choice for this recipient: anything but AES-256 with GCM means it would fall back without a word.
  const chosen = await key
    .getEncryptionKey()
    .then(() => generateSessionKey({ encryptionKeys: key, config: openpgpConfig }))
    .catch((cause: unknown) => {
      throw unfit("it has no valid encryption subkey", cause);
    });
  if (chosen.algorithm !== "aes256" || chosen.aeadAlgorithm !== "gcm") throw unfit("it does not announce SEIPD version 2 with AES-256 GCM");
  return { binary, digest: certificateDigest(binary), key };
}
