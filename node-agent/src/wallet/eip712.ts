import { keccak_256 } from "@noble/hashes/sha3.js";
import { fault } from "../model/fault.ts";
import { type Digest, digest } from "../model/ids.ts";
import type { TypedData } from "../model/typed-data.ts";

type Field = { readonly name: string; readonly type: string };
type Value = string | number | boolean | undefined;

const bad = (why: string, cause?: unknown): Error => fault("WALLET_BAD_TYPED_DATA", { why }, cause);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The domain fields in EIP-712's own order, for documents that leave the type out. */
const domainFields: readonly Field[] = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];

function hexBytes(value: Value, field: Field): Uint8Array {
  if (typeof value !== "string" || !/^0x(?:[0-9a-f]{2})*$/iu.test(value)) throw bad(`${field.name} is not 0x and hex digits`);
  return Buffer.from(value.slice(2), "hex");
}

function word(value: bigint): Uint8Array {
  return Buffer.from(BigInt.asUintN(256, value).toString(16).padStart(64, "0"), "hex");
}

function integer(value: Value, field: Field, signed: boolean, bits: number): Uint8Array {
  const whole = (typeof value === "number" && Number.isSafeInteger(value)) || (typeof value === "string" && /^(?:-?\d+|0x[0-9a-f]+)$/iu.test(value));
  if (!whole || value === undefined || typeof value === "boolean") throw bad(`${field.name} is not a whole number`);
  const number = BigInt(value);
  if ((signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number)) !== number) throw bad(`${field.name} does not fit ${field.type}`);
  return word(number);
}

/** One member as a 32-byte word (EIP-712 encodeData). Structs and arrays are not needed by any document Fiducial signs and are refused. */
function encodeValue(value: Value, field: Field): Uint8Array {
  const { type } = field;
  if (type === "string") {
    if (typeof value !== "string") throw bad(`${field.name} is not a text`);
    return keccak_256(utf8(value));
  }
  if (type === "bytes") return keccak_256(hexBytes(value, field));
  if (type === "bool") {
    if (typeof value !== "boolean") throw bad(`${field.name} is not true or false`);
    return word(value ? 1n : 0n);
  }
  if (type === "address") {
    const bytes = hexBytes(value, field);
    if (bytes.length !== 20) throw bad(`${field.name} is not an address`);
    return Buffer.concat([Buffer.alloc(12), bytes]);
  }
  const fixed = /^bytes([1-9]|[12]\d|3[0-2])$/u.exec(type);
  if (fixed !== null) {
    const bytes = hexBytes(value, field);
    if (bytes.length !== Number(fixed[1])) throw bad(`${field.name} is not ${type}`);
    return Buffer.concat([bytes, Buffer.alloc(32 - bytes.length)]);
  }
  const number = /^(u?)int(\d{1,3})$/u.exec(type);
  const bits = Number(number?.[2] ?? 0);
  if (number === null || bits === 0 || bits % 8 !== 0 || bits > 256) throw bad(`type ${type} is not supported`);
  return integer(value, field, number[1] === "", bits);
}

function hashStruct(name: string, fields: readonly Field[], values: Readonly<Record<string, Value>>): Uint8Array {
  const known = new Set(fields.map((field) => field.name));
  for (const key of Object.keys(values)) if (!known.has(key)) throw bad(`${name} has a value its type does not name`);
  const typeHash = keccak_256(utf8(`${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`));
  return keccak_256(Buffer.concat([typeHash, ...fields.map((field) => encodeValue(values[field.name], field))]));
}

/** The digest a wallet signs: keccak256(0x1901 || domain separator || struct hash), EIP-712. Throws WALLET_BAD_TYPED_DATA. */
export function hashTypedData(document: TypedData): Digest {
  const fields = document.types[document.primaryType];
  if (fields === undefined || document.primaryType === "EIP712Domain") throw bad("the primary type is not among the types");
  const { EIP712Domain: domainType = domainFields } = document.types;
  const domain = hashStruct("EIP712Domain", domainType, document.domain);
  const message = hashStruct(document.primaryType, fields, document.message);
  const hash = keccak_256(Buffer.concat([Buffer.from([0x19, 0x01]), domain, message]));
  return digest(`0x${Buffer.from(hash).toString("hex")}`);
}
