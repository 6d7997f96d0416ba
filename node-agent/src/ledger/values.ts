import { type Address, address, type Digest, digest, type MemberId, memberId, type RequestId, requestId, type StudyId, studyId } from "../model/ids.ts";
import { type Purpose, purposes } from "../model/purpose.ts";

/** A decoded ABI value: numbers of any width as bigint, bytes and addresses as 0x hex, structs by field name. */
export type AbiValue = string | bigint | boolean | readonly AbiValue[] | AbiRecord;
export type AbiRecord = { readonly [name: string]: AbiValue };

const wrong = (what: string): TypeError => new TypeError(`the contract gave no ${what}`);

export function asText(value: AbiValue | undefined): string {
  if (typeof value !== "string") throw wrong("text");
  return value;
}

/** Numbers that the ABI bounds below 2^53. */
export function asNumber(value: AbiValue | undefined): number {
  if (typeof value !== "bigint" || value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) throw wrong("number of at most 53 bits");
  return Number(value);
}

export function asBigint(value: AbiValue | undefined): bigint {
  if (typeof value !== "bigint") throw wrong("number");
  return value;
}

export function asFlag(value: AbiValue | undefined): boolean {
  if (typeof value !== "boolean") throw wrong("truth value");
  return value;
}

export function asList(value: AbiValue | undefined): readonly AbiValue[] {
  if (!Array.isArray(value)) throw wrong("list");
  return value as readonly AbiValue[];
}

export function asRecord(value: AbiValue | undefined): AbiRecord {
  if (typeof value !== "object" || Array.isArray(value)) throw wrong("struct");
  return value as AbiRecord;
}

export const asAccount = (value: AbiValue | undefined): Address => address(asText(value));
export const asBytes32 = (value: AbiValue | undefined): Digest => digest(asText(value));
export const asStudy = (value: AbiValue | undefined): StudyId => studyId(asText(value));
export const asRequest = (value: AbiValue | undefined): RequestId => requestId(asText(value));
export const asMember = (value: AbiValue | undefined): MemberId => memberId(asNumber(value));
export const asMemberOrNull = (value: AbiValue | undefined): MemberId | null => (asBigint(value) === 0n ? null : asMember(value));

/** The `names` entry that an enum value stands for; throws TypeError past the end, so that a newer contract's value is noticed. */
export function asNamed<Name extends string>(names: readonly Name[], value: AbiValue | undefined, first = 0): Name {
  const name = names[asNumber(value) - first];
  if (name === undefined) throw wrong("value known to this version");
  return name;
}

export const asPurpose = (value: AbiValue | undefined): Purpose => asNamed(purposes, value);

/** CreditLedger's subject keys: a member id in the top four bytes, or a credit account in the low twenty. */
export function asSubject(value: AbiValue | undefined): MemberId | Address {
  const hex = asBytes32(value).slice(2);
  if (/^[0-9a-f]{8}0{56}$/u.test(hex)) return memberId(Number.parseInt(hex.slice(0, 8), 16));
  return address(`0x${hex.slice(24)}`);
}

export const subjectKey = (of: MemberId | Address): `0x${string}` =>
  typeof of === "number" ? `0x${of.toString(16).padStart(8, "0")}${"0".repeat(56)}` : `0x${"0".repeat(24)}${of.slice(2)}`;
