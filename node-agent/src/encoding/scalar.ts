/**
 * A whole number as the shortest big-endian bytes; zero is no bytes (RLP's form of numbers, Ethereum Yellow Paper, appendix B). Throws TypeError for a number
 * that is negative or not whole.
 */
export function scalar(value: number | bigint): Uint8Array {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new TypeError("not a whole number");
  const whole = BigInt(value);
  if (whole < 0n) throw new TypeError("a negative number has no scalar form");
  if (whole === 0n) return new Uint8Array();
  const digits = whole.toString(16);
  return new Uint8Array(Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex"));
}
