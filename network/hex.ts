/** Text of an even number of hex digits after 0x. */
export type Hex = `0x${string}`;

/** The bytes in lower-case hex with 0x. */
export const toHex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;

/** The bytes of a hex text, with or without 0x. Throws TypeError when it is not whole bytes in hex; the text itself is not repeated. */
export function fromHex(text: string): Uint8Array {
  const digits = text.startsWith("0x") ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/u.test(digits)) throw new TypeError("not whole bytes in hex");
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** A whole number as the shortest big-endian bytes; zero is no bytes (RLP's scalar form, Ethereum Yellow Paper appendix B). */
export function scalar(value: number | bigint): Uint8Array {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new TypeError("not a whole number");
  const whole = BigInt(value);
  if (whole < 0n) throw new TypeError("a negative number has no scalar form");
  if (whole === 0n) return new Uint8Array();
  const digits = whole.toString(16);
  return fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
}

/** A number as JSON-RPC writes quantities: 0x, no leading zeros. */
export const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`;
