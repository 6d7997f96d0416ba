import { keccak_256 } from "@noble/hashes/sha3.js";

/** Keccak-256 as Ethereum has it (not the later SHA3-256). */
export const keccak = (bytes: Uint8Array): Uint8Array => keccak_256(bytes);
