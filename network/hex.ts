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

/** A number as JSON-RPC writes quantities: 0x, no leading zeros. */
export const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`;
