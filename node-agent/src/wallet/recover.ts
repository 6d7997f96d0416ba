import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Address, address } from "../model/ids.ts";
import type { TypedData } from "../model/typed-data.ts";
import { hashTypedData } from "./eip712.ts";

/** The account that signed an EIP-712 document, from a signature as `signTypedData` makes it; null when no key can have made it. Throws WALLET_BAD_TYPED_DATA. */
export function recoverSigner(document: TypedData, signature: string): Address | null {
  if (!/^0x[0-9a-f]{130}$/iu.test(signature)) return null;
  const bytes = Buffer.from(signature.slice(2), "hex");
  const recovery = (bytes[64] ?? 0) - 27;
  if (recovery !== 0 && recovery !== 1) return null;
  try {
    const point = secp256k1.Signature.fromBytes(Uint8Array.of(recovery, ...bytes.subarray(0, 64)), "recovered").recoverPublicKey(Buffer.from(hashTypedData(document).slice(2), "hex"));
    return address(`0x${Buffer.from(keccak_256(point.toBytes(false).subarray(1)).subarray(12)).toString("hex")}`);
  } catch {
    return null;
  }
}
