import { encodeFunctionSignature } from "web3-eth-abi";
import type { AbiFunctionFragment, AbiParameter } from "web3-types";
import type { DecodedCall, DecodedValue, ProposedCall } from "../model/governance.ts";
import { address } from "../model/ids.ts";
import { decodeValues } from "./abi-codec.ts";
import { abis, type ContractAddresses, type ContractName, placesOf } from "./contracts.ts";
import type { AbiRecord, AbiValue } from "./values.ts";

/** Calls inside calls that are looked into: a call may be carried by another, and that by a third. */
const deepest = 4;

type Carried = readonly (readonly [target: DecodedValue | undefined, data: DecodedValue | undefined])[];
const many = (value: DecodedValue | undefined): readonly DecodedValue[] => (Array.isArray(value) ? value : []);

/** Functions that make other calls, and which: an upgrade hidden in such a one is told like any other. */
const carriers: Readonly<Record<string, (args: Record<string, DecodedValue>, self: string) => Carried>> = {
  "consortiumAuthority.multicall": ({ data }, self) => many(data).map((one) => [self, one]),
  "consortiumAuthority.execute": ({ target, data }) => [[target, data]],
  "consortiumAuthority.schedule": ({ target, data }) => [[target, data]],
  "council.relay": ({ target, data }) => [[target, data]],
  "timelock.schedule": ({ target, data }) => [[target, data]],
  "timelock.scheduleBatch": ({ targets, payloads }) => many(targets).map((target, at) => [target, many(payloads)[at]]),
  "timelock.execute": ({ target, payload }) => [[target, payload]],
  "timelock.executeBatch": ({ targets, payloads }) => many(targets).map((target, at) => [target, many(payloads)[at]]),
};

function textOf(value: AbiValue): DecodedValue {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return (value as readonly AbiValue[]).map(textOf);
  return recordOf(value as AbiRecord);
}

/** Decoded values as plain data that survives JSON: numbers as decimal text, names without the underscore that keeps an argument apart from a getter. */
export const recordOf = (values: AbiRecord): Record<string, DecodedValue> => Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replace(/_$/u, ""), textOf(value)]));

/** Decoder of calls to a consortium's contracts. What it cannot read keeps its bytes: `name` is null then. Never throws. */
export function createCallDecoder(contracts: ContractAddresses): (call: ProposedCall) => DecodedCall {
  const names = new Map<string, ContractName>(placesOf(contracts).map(([name, at]) => [at, name]));
  const functions = new Map<ContractName, Map<string, AbiFunctionFragment>>();
  for (const name of names.values()) {
    const own = (abis[name] as readonly { readonly type: string }[]).filter(({ type }) => type === "function") as unknown as AbiFunctionFragment[];
    functions.set(name, new Map(own.map((entry) => [encodeFunctionSignature(entry), entry])));
  }
  function decode(call: ProposedCall, depth: number): DecodedCall {
    const contract = names.get(call.target) ?? null;
    const unread: DecodedCall = { contract, name: null, args: {}, call, inner: [] };
    if (contract === null) return unread;
    const entry = functions.get(contract)?.get(call.data.slice(0, 10).toLowerCase());
    if (entry === undefined) return unread;
    try {
      const args = recordOf(decodeValues((entry.inputs ?? []) as AbiParameter[], `0x${call.data.slice(10)}`));
      const inside = depth < deepest ? (carriers[`${contract}.${entry.name}`]?.(args, call.target) ?? []) : [];
      const inner = inside.map(([target, data]) => decode({ target: address(String(target)), value: "0", data: String(data) as `0x${string}` }, depth + 1));
      return { contract, name: entry.name, args, call, inner };
    } catch {
      return unread;
    }
  }
  return (call) => decode(call, 0);
}
