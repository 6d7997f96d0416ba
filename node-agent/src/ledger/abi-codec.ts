import { decodeParameters, encodeFunctionCall, encodeFunctionSignature } from "web3-eth-abi";
import type { AbiParameter } from "web3-types";
import { type ContractName, type FunctionOf, functionOf } from "./contracts.ts";
import type { AbiRecord, AbiValue } from "./values.ts";

type Parameter = AbiParameter & { readonly indexed?: boolean };

/** web3 gives structs as arrays with names beside the positions; this keeps the names alone, and hex in lower case. */
function plain(parameter: Parameter, value: unknown): AbiValue {
  if (parameter.type.endsWith("]")) {
    const inner = { ...parameter, type: parameter.type.replace(/\[\d*\]$/u, "") };
    return (value as readonly unknown[]).map((one) => plain(inner, one));
  }
  if (parameter.type === "tuple") return byName(parameter.components ?? [], value as Record<string, unknown>);
  if (typeof value === "bigint" || typeof value === "boolean") return value;
  if (typeof value === "number") return BigInt(value);
  const string = String(value);
  return parameter.type === "string" ? string : string.toLowerCase();
}

function byName(parameters: readonly Parameter[], values: Readonly<Record<string, unknown>>): AbiRecord {
  const out: Record<string, AbiValue> = {};
  parameters.forEach((parameter, i) => {
    const key = parameter.name === "" ? String(i) : parameter.name;
    out[key] = plain(parameter, values[i]);
  });
  return out;
}

/** Decodes ABI-encoded values; unnamed ones are keyed by position. Throws when the bytes do not fit. */
export const decodeValues = (parameters: readonly Parameter[], data: string): AbiRecord =>
  byName(parameters, decodeParameters(parameters as AbiParameter[], data) as Record<string, unknown>);

/** Calldata of a function of a contract. */
export const encodeCall = <Name extends ContractName>(contract: Name, name: FunctionOf<Name>, args: readonly unknown[]): `0x${string}` =>
  encodeFunctionCall(functionOf(contract, name), args as unknown[]) as `0x${string}`;

/** First four bytes of a function's calldata. */
export const selectorOf = <Name extends ContractName>(contract: Name, name: FunctionOf<Name>): string => encodeFunctionSignature(functionOf(contract, name));

/** What a function gave back. A single unnamed result, struct or value, is under "0". */
export const decodeResult = <Name extends ContractName>(contract: Name, name: FunctionOf<Name>, data: string): AbiRecord =>
  decodeValues((functionOf(contract, name).outputs ?? []) as readonly Parameter[], data);
