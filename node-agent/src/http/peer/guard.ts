import { createHash, X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import type { Request } from "express";
import { fault } from "../../model/fault.ts";
import { type Digest, digest } from "../../model/ids.ts";
import type { MemberView } from "../../model/ledger-views.ts";
import type { LedgerIndex } from "../../ports/ledger-index.ts";
import type { Guard } from "../mount.ts";

/** SHA-256 of the SubjectPublicKeyInfo of the certificate the client proved to own in this TLS session; null without one. */
function spkiOf(request: Request): Digest | null {
  if (!(request.socket instanceof TLSSocket)) return null;
  const raw: Buffer | undefined = request.socket.getPeerCertificate(false).raw;
  if (raw === undefined) return null;
  const spki = new X509Certificate(raw).publicKey.export({ type: "spki", format: "der" });
  return digest(`0x${createHash("sha256").update(spki).digest("hex")}`);
}

/** The TLS key that whoever is calling proved to own, member or not: for institutions that ask to become one. Throws PEER_NOT_AUTHENTICATED. */
export const applicantGuard: Guard<Digest> = async (_row, request) => {
  const spki = spkiOf(request);
  if (spki === null) throw fault("PEER_NOT_AUTHENTICATED", {});
  return spki;
};

/**
 * Who is calling is read from the TLS session and from the registry, never from the request: the client's key must be the registered
 * key of an active member at this moment (so a suspension bites on open connections too). Throws PEER_NOT_AUTHENTICATED or
 * PEER_UNREGISTERED_CERTIFICATE.
 */
export function createPeerGuard(index: Pick<LedgerIndex, "memberBySpki">): Guard<MemberView> {
  const spkis = new WeakMap<object, Digest | null>();
  return async (_row, request) => {
    let spki = spkis.get(request.socket);
    if (spki === undefined) {
      spki = spkiOf(request);
      spkis.set(request.socket, spki);
    }
    if (spki === null) throw fault("PEER_NOT_AUTHENTICATED", {});
    const member = index.memberBySpki(spki);
    if (member === null || member.status !== "active") throw fault("PEER_UNREGISTERED_CERTIFICATE", {});
    return member;
  };
}
