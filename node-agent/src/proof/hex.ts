import { scalar } from "../encoding/scalar.ts";
import { fault } from "../model/fault.ts";

const form = /^0x(?:[0-9a-f]{2})*$/iu;

/** Bytes of 0x-prefixed hex. Throws PROOF_MALFORMED. */
export function bytesOf(text: unknown, what: string): Uint8Array {
  if (typeof text !== "string" || !form.test(text)) throw fault("PROOF_MALFORMED", { what: `${what} is no hex string` });
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}

/** Lower-case hex with 0x. */
export const hexOf = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;

/** A number as the shortest big-endian bytes; zero is the empty string (Ethereum yellow paper, appendix B). Takes JSON-RPC quantities too. Throws PROOF_MALFORMED. */
export function scalarOf(value: unknown, what: string): Uint8Array {
  if (typeof value === "string" && /^0x[0-9a-f]{1,64}$/iu.test(value)) return scalar(BigInt(value));
  if ((typeof value === "number" && Number.isSafeInteger(value) && value >= 0) || (typeof value === "bigint" && value >= 0n)) return scalar(value);
  throw fault("PROOF_MALFORMED", { what: `${what} is no whole number` });
}

/** The number a scalar stands for. Throws PROOF_MALFORMED when it has a leading zero or does not fit into 53 bits. */
export function numberOf(bytes: Uint8Array, what: string): number {
  if (bytes[0] === 0 || bytes.length > 7) throw fault("PROOF_MALFORMED", { what: `${what} is no whole number` });
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  if (!Number.isSafeInteger(value)) throw fault("PROOF_MALFORMED", { what: `${what} is too large` });
  return value;
}

/** Whether two byte strings are the same. */
export const same = (one: Uint8Array, two: Uint8Array): boolean => Buffer.compare(one, two) === 0;
