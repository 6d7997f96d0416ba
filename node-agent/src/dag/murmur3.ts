const mask = 0xffff_ffff_ffff_ffffn;
const c1 = 0x87c37b91114253d5n;
const c2 = 0x4cf5ad432745937fn;

const rotl = (x: bigint, bits: bigint): bigint => ((x << bits) | (x >> (64n - bits))) & mask;
const mixK1 = (k: bigint): bigint => (rotl((k * c1) & mask, 31n) * c2) & mask;
const mixK2 = (k: bigint): bigint => (rotl((k * c2) & mask, 33n) * c1) & mask;

function finalMix(value: bigint): bigint {
  let h = value;
  h ^= h >> 33n;
  h = (h * 0xff51afd7ed558ccdn) & mask;
  h ^= h >> 33n;
  h = (h * 0xc4ceb9fe1a85ec53n) & mask;
  return h ^ (h >> 33n);
}

/** Little-endian integer from up to eight octets. */
function little(bytes: Uint8Array, from: number, to: number): bigint {
  let value = 0n;
  for (let i = Math.min(to, bytes.length) - 1; i >= from; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

/** First 64 bits of MurmurHash3 x64-128, seed 0, as eight octets big-endian: multihash 0x22 as UnixFS HAMT directories use it. */
export function murmur3x64(bytes: Uint8Array): Buffer {
  let h1 = 0n;
  let h2 = 0n;
  const whole = bytes.length - (bytes.length % 16);
  for (let at = 0; at < whole; at += 16) {
    h1 ^= mixK1(little(bytes, at, at + 8));
    h1 = (rotl(h1, 27n) + h2) & mask;
    h1 = (h1 * 5n + 0x52dce729n) & mask;
    h2 ^= mixK2(little(bytes, at + 8, at + 16));
    h2 = (rotl(h2, 31n) + h1) & mask;
    h2 = (h2 * 5n + 0x38495ab5n) & mask;
  }
  if (bytes.length - whole > 8) h2 ^= mixK2(little(bytes, whole + 8, whole + 16));
  if (bytes.length > whole) h1 ^= mixK1(little(bytes, whole, whole + 8));
  const length = BigInt(bytes.length);
  h1 ^= length;
  h2 ^= length;
  h1 = (h1 + h2) & mask;
  h2 = (h2 + h1) & mask;
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE((finalMix(h1) + finalMix(h2)) & mask);
  return out;
}
