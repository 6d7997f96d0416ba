import { isIP, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { createHash } from "node:crypto";
import type { buildConnector } from "undici";
import type { Digest } from "../model/ids.ts";
import { fault } from "../model/fault.ts";

/** The key and certificate this agent shows to peers, PEM. */
export type TlsCredentials = { readonly keyPem: string; readonly certPem: string };

/**
 * Opens TLS 1.3 connections (RFC 8446) to one member and lets nobody else be on the other end: the server's key (SHA-256 of the DER
 * SubjectPublicKeyInfo) must be `spkiSha256`. The socket is handed over only after that check, so no byte of a request reaches a stranger.
 * Names, issuers and dates in the certificate are not looked at: the registry, not a certificate authority, says whose key it is.
 * Fails with PEER_UNREGISTERED_CERTIFICATE, or with the socket's own error.
 */
export function pinnedConnector(options: {
  readonly spkiSha256: Digest;
  readonly credentials: TlsCredentials;
  readonly timeoutMs: number;
}): buildConnector.connector {
  const { spkiSha256, credentials, timeoutMs } = options;
  return ({ hostname, port }, callback) => {
    const host = hostname.replace(/^\[|\]$/gu, "");
    const socket = connect({
      host,
      port: Number(port === "" ? 443 : port),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      key: credentials.keyPem,
      cert: credentials.certPem,
      minVersion: "TLSv1.3",
      maxVersion: "TLSv1.3",
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: false,
    });
    let settled = false;
    const settle = (error: Error | null) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (error === null) return callback(null, socket as Socket as Parameters<typeof callback>[1] & TLSSocket);
      socket.destroy();
      callback(error, null);
    };
    const timer = setTimeout(() => settle(Object.assign(new Error("the connection was not ready in time"), { code: "ETIMEDOUT" })), timeoutMs);
    socket.setNoDelay(true);
    socket.once("error", settle);
    socket.once("close", () => settle(Object.assign(new Error("the connection was closed during the handshake"), { code: "ECONNRESET" })));
    socket.once("secureConnect", () => settle(spkiOf(socket) === spkiSha256 ? null : fault("PEER_UNREGISTERED_CERTIFICATE", {})));
  };
}

/** SHA-256 of the other end's SPKI as on chain, or null when it showed no certificate. */
export function spkiOf(socket: TLSSocket): string | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return `0x${createHash("sha256").update(spki).digest("hex")}`;
}
