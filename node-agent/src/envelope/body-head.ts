import { randomBytes } from "node:crypto";
import { fault } from "../model/fault.ts";
import { bodyHeadBytes, chunkOctet, suite } from "./layout.ts";

/** A fresh SEIPDv2 body head: the suite and 32 random bytes of salt, so one session key may seal any number of objects. */
export function newBodyHead(): Buffer {
  return Buffer.concat([Buffer.from([suite.version, suite.cipher, suite.aead, chunkOctet]), randomBytes(suite.saltBytes)]);
}

/** Refuses every suite but SEIPDv2, AES-256, GCM with a legal chunk octet: ENVELOPE_UNSUPPORTED says which part differs. */
export function checkBodyHead(head: Uint8Array): void {
  const [version, cipher, aead, octet] = head;
  if (head.length < bodyHeadBytes) throw fault("ENVELOPE_TRUNCATED", { have: head.length, atLeast: bodyHeadBytes });
  if (version !== suite.version) throw fault("ENVELOPE_UNSUPPORTED", { what: `SEIPD version ${version}` });
  if (cipher !== suite.cipher) throw fault("ENVELOPE_UNSUPPORTED", { what: `cipher algorithm ${cipher}` });
  if (aead !== suite.aead) throw fault("ENVELOPE_UNSUPPORTED", { what: `AEAD mode ${aead}` });
  // Section 5.13.2: a chunk octet above 16 must be refused, or a reader could be made to buffer without end.
  if (octet === undefined || octet > 16) throw fault("ENVELOPE_UNSUPPORTED", { what: `chunk octet ${octet}` });
}
