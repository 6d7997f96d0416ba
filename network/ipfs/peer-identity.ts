import { createPrivateKey, createPublicKey, randomBytes } from "node:crypto";
import { base58btc } from "multiformats/bases/base58";

/**
 * A libp2p identity as Kubo's configuration (Identity.PeerID, Identity.PrivKey) and cluster's identity.json (id, private_key) hold it.
 * `privateKey` is secret.
 */
export type PeerIdentity = { readonly peerId: string; readonly privateKey: string };

/** PKCS #8 of an Ed25519 private key (RFC 8410, section 7) up to its 32 bytes. */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");
/** Key messages of the libp2p peer-id specification: `Type` Ed25519 (field 1, value 1), then `Data` (field 2) with its length. */
const privateHead = Buffer.from([0x08, 0x01, 0x12, 0x40]);
const publicHead = Buffer.from([0x08, 0x01, 0x12, 0x20]);
/** Multihash of at most 42 bytes that are their own hash: "identity", then the length. */
const identityHash = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([0x00, bytes.length]), bytes]);

/** An Ed25519 identity from a 32-byte seed, or a new one; the peer id is known before any daemon runs, so that peers can name one another beforehand. */
export function peerIdentity(seed: Uint8Array = randomBytes(32)): PeerIdentity {
  if (seed.length !== 32) throw new RangeError("a seed has 32 bytes");
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" });
  const { x = "" } = createPublicKey(key).export({ format: "jwk" }) as { x?: string };
  const publicKey = Buffer.from(x, "base64url");
  return {
    peerId: base58btc.baseEncode(identityHash(Buffer.concat([publicHead, publicKey]))),
    privateKey: Buffer.concat([privateHead, seed, publicKey]).toString("base64"),
  };
}
