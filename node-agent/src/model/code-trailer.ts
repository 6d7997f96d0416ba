/**
 * What the Solidity compiler puts behind the code: CBOR with a hash over all sources and settings, its length in the last two bytes
 * (docs.soliditylang.org, "Encoding of the Metadata Hash in the Bytecode"). Two builds of one source have the same, whatever
 * their constructors filled in. 0x hex in lower case; null when the bytes have no such end.
 */
export function trailerOf(code: `0x${string}`): string | null {
  const hex = code.slice(2).toLowerCase();
  const length = Number.parseInt(hex.slice(-4), 16);
  const from = hex.length - 4 - 2 * length;
  if (hex.length < 8 || !Number.isInteger(length) || length === 0 || from < 0) return null;
  const trailer = hex.slice(from, -4);
  // A CBOR map (RFC 8949, major type 5) that names "solc".
  return /^a[1-9]/u.test(trailer) && trailer.includes(Buffer.from("solc").toString("hex")) ? `0x${trailer}` : null;
}
