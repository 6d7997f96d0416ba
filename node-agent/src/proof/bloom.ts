import { keccak } from "../encoding/keccak.ts";

/** The 2048-bit filter of addresses and topics in a header and in a receipt (Ethereum yellow paper, section 4.3.1). */
export const bloomBytes = 256;

/** The three bits of a value, as numbers 0 to 2047 from the right. */
function bitsOf(value: Uint8Array): readonly number[] {
  const digest = keccak(value);
  return [0, 2, 4].map((at) => (((digest[at] ?? 0) << 8) | (digest[at + 1] ?? 0)) & 2047);
}

/** Sets the bits of a value. */
export function addToBloom(bloom: Uint8Array, value: Uint8Array): void {
  for (const bit of bitsOf(value)) {
    const at = bloomBytes - 1 - (bit >> 3);
    bloom[at] = (bloom[at] ?? 0) | (1 << (bit & 7));
  }
}

/** A test for one value: false proves that it is not there, true proves nothing. Its hash is computed once. */
export function bloomTest(value: Uint8Array): (bloom: Uint8Array) => boolean {
  const places = bitsOf(value).map((bit) => ({ at: bloomBytes - 1 - (bit >> 3), mask: 1 << (bit & 7) }));
  return (bloom) => places.every(({ at, mask }) => ((bloom[at] ?? 0) & mask) !== 0);
}
