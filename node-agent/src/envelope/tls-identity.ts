import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { type Digest, digest } from "../model/ids.ts";
import { bitString, explicit, integer, octetString, oid, sequence, set, time, truth, utf8String } from "./der.ts";

/** A TLS key pair with its self-signed certificate. Peers pin the key (`spkiSha256`), so nothing in the certificate needs to be believed. */
export type TlsIdentity = {
  readonly keyPem: string;
  readonly certPem: string;
  /** SHA-256 of the DER SubjectPublicKeyInfo: what MemberRegistry holds. */
  readonly spkiSha256: Digest;
};

const dayMs = 86_400_000;
const validDays = 3653;
const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

/** SHA-256 of the SPKI in a certificate, given as PEM text or DER bytes (a TLS socket's peer certificate `raw`). */
export function spkiSha256(certificate: string | Uint8Array): Digest {
  const spki = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return digest(`0x${createHash("sha256").update(spki).digest("hex")}`);
}

/** basicConstraints (not a CA), keyUsage digitalSignature, extendedKeyUsage server and client: RFC 5280 section 4.2.1. */
function extensions(): Buffer {
  const one = (id: string, critical: boolean, value: Buffer): Buffer => sequence(oid(id), ...(critical ? [truth()] : []), octetString(value));
  return explicit(
    3,
    sequence(
      one("2.5.29.19", true, sequence()),
      one("2.5.29.15", true, bitString(Buffer.from([0x80]), 7)),
      one("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"))),
    ),
  );
}

/** Makes an EC P-256 key and a self-signed X.509 v3 certificate (RFC 5280) for both ends of mutual TLS, valid ten years. `name` is the institution's. */
export function createTlsIdentity(input: { readonly name: string }): TlsIdentity {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  // 64 characters is the upper bound of a common name; whole code points only.
  const name = sequence(set(sequence(oid("2.5.4.3"), utf8String(Array.from(input.name).slice(0, 64).join("")))));
  const now = Date.now();
  const tbs = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(time(new Date(now - dayMs)), time(new Date(now + validDays * dayMs))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    extensions(),
  );
  const der = sequence(tbs, ecdsaWithSha256, bitString(sign("sha256", tbs, privateKey)));
  const certPem = new X509Certificate(der).toString();
  return { keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), certPem, spkiSha256: spkiSha256(der) };
}
