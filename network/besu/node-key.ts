import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak } from "../../node-agent/src/encoding/keccak.ts";
import { fromHex, type Hex, toHex } from "../hex.ts";

/** A Besu node's key: it signs the node's connections and, on a validator, its blocks. */
export type NodeKey = {
  /** 64 hex digits without 0x: what Besu reads from its key file. */
  readonly secret: string;
  /** 128 hex digits without 0x: the node id in an enode URL. */
  readonly publicKey: string;
  /** The validator's address, which is the last 20 bytes of keccak-256 of the public key. */
  readonly address: Hex;
};

/** Address that belongs to a node id of 128 hex digits. Throws TypeError when that is not a point of secp256k1. */
export function addressOfNode(publicKey: string): Hex {
  const bytes = fromHex(publicKey);
  if (bytes.length !== 64 || !secp256k1.utils.isValidPublicKey(Uint8Array.of(4, ...bytes), false)) throw new TypeError("not the public key of a node");
  return toHex(keccak(bytes).subarray(12));
}

/** Whether `publicKey` (128 hex digits) is a point of secp256k1, which every node id is. */
export function isNodeId(publicKey: string): boolean {
  try {
    addressOfNode(publicKey);
    return true;
  } catch {
    return false;
  }
}

/** The key pair of a secret of 64 hex digits, with or without 0x. Throws when that is no private key of secp256k1. */
export function nodeKeyOf(secret: string): NodeKey {
  const bytes = fromHex(secret.trim());
  const publicKey = toHex(secp256k1.getPublicKey(bytes, false).subarray(1)).slice(2);
  return { secret: toHex(bytes).slice(2), publicKey, address: addressOfNode(publicKey) };
}

/** A new key pair from the system's random source. */
export const newNodeKey = (): NodeKey => nodeKeyOf(toHex(secp256k1.utils.randomSecretKey()));

/** The address under which a node is reached by others: `enode://` node id `@` host `:` port. */
export const enodeOf = (node: { readonly publicKey: string; readonly host: string; readonly p2pPort: number }): string => `enode://${node.publicKey}@${node.host}:${node.p2pPort}`;
