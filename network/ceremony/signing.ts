import { secp256k1 } from "@noble/curves/secp256k1.js";
import { addressOfNode } from "../besu/node-key.ts";
import { fromHex, type Hex, toHex } from "../hex.ts";

/**
 * What is signed is never anything that a chain could take for its own: a node signs blocks as keccak-256 of RLP, a governor typed data and
 * transactions; here it is SHA-256 of a text that begins with these words.
 */
const bytesOf = (purpose: string, text: string): Uint8Array => new TextEncoder().encode(`Fiducial founding, ${purpose}\n${text}`);

/** Signature (recovery bit, r, s: 65 bytes) of `text` for `purpose` by a key of 64 hex digits. */
export function signText(secret: string, purpose: string, text: string): Hex {
  return toHex(secp256k1.sign(bytesOf(purpose, text), fromHex(secret), { format: "recovered" }));
}

/** The address whose key made the signature; null when it is none. */
export function signerOf(signature: string, purpose: string, text: string): Hex | null {
  try {
    const compressed = secp256k1.recoverPublicKey(fromHex(signature), bytesOf(purpose, text));
    return addressOfNode(toHex(secp256k1.Point.fromBytes(compressed).toBytes(false).subarray(1)).slice(2));
  } catch {
    return null;
  }
}
