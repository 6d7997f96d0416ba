import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { TypedData } from "../model/typed-data.ts";
import { hashTypedData } from "./eip712.ts";

/**
 * Signs an EIP-712 document with a 32-byte secp256k1 key: r || s || v, 65 bytes as 0x hex, v 27 or 28, s in the lower half of the order
 * (EIP-2; OpenZeppelin's ECDSA refuses the other half). Deterministic (RFC 6979). Throws WALLET_BAD_TYPED_DATA.
 */
export function signTypedData(document: TypedData, privateKey: Uint8Array): `0x${string}` {
  const hash = Buffer.from(hashTypedData(document).slice(2), "hex");
  const signed = secp256k1.sign(hash, privateKey, { prehash: false, lowS: true, format: "recovered" });
  const recovery = signed[0] ?? 0;
  return `0x${Buffer.concat([signed.subarray(1), Buffer.from([27 + recovery])]).toString("hex")}`;
}
