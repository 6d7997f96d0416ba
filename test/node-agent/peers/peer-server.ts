import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import type { TlsIdentity } from "../../../node-agent/src/envelope/tls-identity.ts";
import { digest, type MemberId } from "../../../node-agent/src/model/ids.ts";
import type { MemberProfile } from "../../../node-agent/src/model/ledger-views.ts";
import type { Clock } from "../../../node-agent/src/ports/clock.ts";

export type Received = { readonly method: string; readonly path: string; readonly body: string; readonly clientSpki: string | null };
export type PeerServer = {
  readonly endpoint: string;
  /** Requests whose head arrived, and bytes of application data that did. */
  readonly received: Received[];
  connections(): number;
  close(): Promise<void>;
};

/** An HTTPS listener with another institution's key, as strict or as wrong as `answer` makes it. */
export async function servePeer(
  identity: TlsIdentity,
  answer: (request: Received, response: ServerResponse, message: IncomingMessage) => void | Promise<void>,
  tls: { readonly maxVersion?: "TLSv1.2" | "TLSv1.3" } = {},
): Promise<PeerServer> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer({ key: identity.keyPem, cert: identity.certPem, requestCert: true, rejectUnauthorized: false, ...tls }, (message, response) => {
    const parts: Buffer[] = [];
    message.on("data", (part: Buffer) => parts.push(part));
    message.on("end", () => {
      const request = { method: message.method ?? "", path: message.url ?? "", body: Buffer.concat(parts).toString(), clientSpki: clientSpki(message) };
      received.push(request);
      void answer(request, response, message);
    });
  });
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function clientSpki(message: IncomingMessage): string | null {
  const raw: Buffer | undefined = message.socket instanceof TLSSocket ? message.socket.getPeerCertificate().raw : undefined;
  if (raw === undefined) return null;
  return `0x${createHash("sha256").update(new X509Certificate(raw).publicKey.export({ type: "spki", format: "der" })).digest("hex")}`;
}

export const profileFor = (identity: TlsIdentity, endpoint: string, certificate: Uint8Array = new Uint8Array()): MemberProfile => ({
  displayName: "Peer",
  endpoint,
  spkiSha256: identity.spkiSha256,
  openpgpSha256: digest(`0x${createHash("sha256").update(certificate).digest("hex")}`),
});

export const two = 2 as MemberId;

/** Waits are not waited for; how many there were is kept. */
export function hurriedClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => Date.now(),
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      slept.push(ms);
    },
  };
}
