import { randomBytes } from "node:crypto";
import { decryptSessionKeys, encryptSessionKey, type PrivateKey, readMessage } from "openpgp";
import { fault } from "../model/fault.ts";
import type { Certificate } from "./certificate.ts";
import { suite } from "./layout.ts";
import { openpgpConfig } from "./openpgp-config.ts";
import { parsePacketHead, tags } from "./packet-head.ts";

/** 32 random bytes: one per study. Never derived from content, which would let equal images be recognised. */
export const newSessionKey = (): Buffer => randomBytes(suite.keyBytes);

/** True when `bytes` is exactly one PKESK packet of version 6 (RFC 9580 section 5.1.2), the only kind that belongs to SEIPDv2. */
function isOnePkesk6(bytes: Uint8Array): boolean {
  if (bytes.length < 3 || ((bytes[0] ?? 0) & 0x80) === 0) return false;
  const head = parsePacketHead(bytes, 0);
  return head !== null && head.tag === tags.pkesk && head.length !== null && head.headBytes + head.length === bytes.length && bytes[head.headBytes] === 6;
}

/** Wraps a session key for a certificate: one PKESK version 6 packet (111 bytes for X25519). Throws ENVELOPE_CERTIFICATE_UNFIT. */
export async function wrapSessionKey(sessionKey: Uint8Array, certificate: Certificate): Promise<Uint8Array> {
  if (sessionKey.length !== suite.keyBytes) throw fault("ENVELOPE_UNSUPPORTED", { what: `a session key of ${sessionKey.length} bytes` });
  const packet = await encryptSessionKey({
    data: sessionKey,
    algorithm: "aes256",
    aeadAlgorithm: "gcm",
    encryptionKeys: certificate.key,
    format: "binary",
    config: openpgpConfig,
  }).catch((cause: unknown) => {
    throw fault("ENVELOPE_CERTIFICATE_UNFIT", { why: "its encryption subkey is not valid now" }, cause);
  });
  if (!isOnePkesk6(packet)) throw fault("ENVELOPE_CERTIFICATE_UNFIT", { why: "it led to a key packet of another version" });
  return packet;
}

/** Opens one PKESK version 6 packet. Throws ENVELOPE_MALFORMED for anything else and ENVELOPE_WRONG_KEY when it was made for another key. */
export async function unwrapSessionKey(pkesk: Uint8Array, privateKey: PrivateKey): Promise<Buffer> {
  if (!isOnePkesk6(pkesk)) throw fault("ENVELOPE_MALFORMED", { what: "the wrapped key is not one PKESK packet of version 6" });
  try {
    const message = await readMessage({ binaryMessage: pkesk, config: openpgpConfig });
    const [opened] = await decryptSessionKeys({ message, decryptionKeys: privateKey, config: openpgpConfig });
    if (opened?.data.length === suite.keyBytes) return Buffer.from(opened.data);
  } catch (cause) {
    throw fault("ENVELOPE_WRONG_KEY", {}, cause);
  }
  throw fault("ENVELOPE_WRONG_KEY", {});
}
