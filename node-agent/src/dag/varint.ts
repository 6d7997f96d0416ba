/** Unsigned LEB128 as multiformats write lengths. */
export function writeVarint(value: number): Buffer {
  const octets: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) octets.push((left % 128) | 0x80);
  octets.push(left);
  return Buffer.from(octets);
}

/** Most octets a length may take: 2^53 needs eight. */
export const longestVarint = 8;

/** The number at `at` and the octets it takes, or null when the bytes end first or the number is over 2^53. */
export function readVarint(bytes: Uint8Array, at: number): { readonly value: number; readonly octets: number } | null {
  let value = 0;
  let scale = 1;
  for (let octets = 1; octets <= longestVarint; octets++) {
    const octet = bytes[at + octets - 1];
    if (octet === undefined) return null;
    value += (octet & 0x7f) * scale;
    scale *= 128;
    if ((octet & 0x80) === 0) return Number.isSafeInteger(value) ? { value, octets } : null;
  }
  return null;
}
