import type { PrivateKey } from "openpgp";
import { fault } from "../model/fault.ts";
import type { Certificate } from "./certificate.ts";
import { openBuffer } from "./open-buffer.ts";
import { sealBuffer } from "./seal.ts";
import { newSessionKey, unwrapSessionKey, wrapSessionKey } from "./session-key.ts";
import { splitHeader } from "./split-header.ts";

/** Seals a few bytes for one institution's certificate, as an ordinary RFC 9580 message that any such tool opens. Throws ENVELOPE_CERTIFICATE_UNFIT. */
export async function sealNote(plain: Uint8Array, certificate: Certificate): Promise<Buffer> {
  const sessionKey = newSessionKey();
  const sealed = sealBuffer({ sessionKey, prefix: await wrapSessionKey(sessionKey, certificate), plain });
  sessionKey.fill(0);
  return sealed;
}

/** Opens what `sealNote` made. Throws ENVELOPE_WRONG_KEY when it was sealed for another, ENVELOPE_MALFORMED and its kin when it was changed. */
export async function openNote(sealed: Uint8Array, privateKey: PrivateKey): Promise<Buffer> {
  const [pkesk] = splitHeader(sealed).pkesks;
  if (pkesk === undefined) throw fault("ENVELOPE_MALFORMED", { what: "it has no wrapped key" });
  const sessionKey = await unwrapSessionKey(pkesk, privateKey);
  const plain = openBuffer({ sessionKey, sealed });
  sessionKey.fill(0);
  return plain;
}
