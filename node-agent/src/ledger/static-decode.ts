import type { AbiParameter } from "web3-types";
import type { AbiRecord, AbiValue } from "./values.ts";

export type EventParameter = AbiParameter & { readonly indexed?: boolean };
type Reader = (word: string) => AbiValue;

const two256 = 1n << 256n;

/** How to read one 32-byte word (64 hex digits) of a value type; null for types that are not one word. */
function readerOf(type: string): Reader | null {
  if (type === "address") return (word) => `0x${word.slice(24)}`;
  if (type === "bool") return (word) => word.endsWith("1");
  if (type.startsWith("uint") && !type.endsWith("]")) return (word) => BigInt(`0x${word}`);
  if (type.startsWith("int") && !type.endsWith("]")) return (word) => (word[0] === "f" ? BigInt(`0x${word}`) - two256 : BigInt(`0x${word}`));
  const fixed = /^bytes(\d+)$/u.exec(type);
  if (fixed !== null) return (word) => `0x${word.slice(0, 2 * Number(fixed[1]))}`;
  return null;
}

/**
 * A decoder for events made of value types alone, many times faster than the general one: replaying a chain decodes millions of these.
 * null when a parameter is dynamic. The decoder gives null when topics or data do not have the exact size.
 */
export function staticDecoder(parameters: readonly EventParameter[]): ((topics: readonly string[], data: string) => AbiRecord | null) | null {
  const plan: { name: string; indexed: boolean; at: number; read: Reader }[] = [];
  let topic = 1;
  let word = 0;
  for (const { name, type, indexed = false } of parameters) {
    const read = readerOf(type);
    if (read === null) return null;
    plan.push({ name, indexed, at: indexed ? topic++ : 2 + 64 * word++, read });
  }
  return (topics, data) => {
    if (topics.length !== topic || data.length !== 2 + 64 * word) return null;
    const values: Record<string, AbiValue> = {};
    for (const { name, indexed, at, read } of plan) values[name] = read(indexed ? (topics[at] ?? "").slice(2) : data.slice(at, at + 64));
    return values;
  };
}
