import { createHash } from "node:crypto";
import { decodeLog, encodeEventSignature } from "web3-eth-abi";
import type { AbiEventFragment } from "web3-types";
import { fault } from "../model/fault.ts";
import { type Address, address, type Digest, digest } from "../model/ids.ts";
import type { LedgerEvent, LedgerFact } from "../model/ledger-events.ts";
import { decodeValues } from "./abi-codec.ts";
import { type ContractAddresses, eventsOf, placesOf } from "./contracts.ts";
import { factOf } from "./facts.ts";
import { type EventParameter, staticDecoder } from "./static-decode.ts";
import type { AbiRecord, AbiValue } from "./values.ts";

/** A log as a node gives it (execution-apis `Log`), its numbers parsed. */
export type ChainLog = {
  readonly address: Address;
  readonly topics: readonly string[];
  readonly data: string;
  readonly block: number;
  readonly blockHash: Digest;
  readonly logIndex: number;
  readonly transaction: Digest;
};

const quantity = /^0x(?:0|[1-9a-f][0-9a-f]{0,12})$/iu;
const bytes = /^0x(?:[0-9a-f]{2})*$/u;

/** Parses one eth_getLogs entry. Throws LEDGER_BAD_ANSWER when it is not a mined log. */
export function parseLog(raw: unknown): ChainLog {
  const bad = (reason: string): Error => fault("LEDGER_BAD_ANSWER", { method: "eth_getLogs", reason });
  if (typeof raw !== "object" || raw === null) throw bad("a log is no object");
  const { removed, topics, data, blockNumber, logIndex, address: contract, blockHash, transactionHash } = raw as Record<string, unknown>;
  if (removed === true) throw bad("a log is marked as removed");
  if (typeof blockNumber !== "string" || !quantity.test(blockNumber)) throw bad("a log has no block number");
  if (typeof logIndex !== "string" || !quantity.test(logIndex)) throw bad("a log has no index");
  if (!Array.isArray(topics) || typeof data !== "string" || !bytes.test(data.toLowerCase())) throw bad("a log has no topics or data");
  try {
    return {
      address: address(String(contract)),
      topics: topics.map((topic) => digest(String(topic))),
      data: data.toLowerCase(),
      block: Number(blockNumber),
      blockHash: digest(String(blockHash)),
      logIndex: Number(logIndex),
      transaction: digest(String(transactionHash)),
    };
  } catch {
    throw bad("a log has malformed hex");
  }
}

type EventReader = { readonly name: string; readonly read: (topics: readonly string[], data: string) => AbiRecord | null };

/** The general decoder, for events with texts, lists or structs. */
function dynamicDecoder(inputs: readonly EventParameter[]): EventReader["read"] {
  const plain = inputs.filter((input) => input.indexed !== true);
  return (topics, data) => {
    const all = decodeLog(inputs as Parameters<typeof decodeLog>[0], data, topics.slice(1)) as unknown as Record<string, unknown>;
    const values: Record<string, AbiValue> = { ...decodeValues(plain, data) };
    for (const { name, indexed } of inputs) if (indexed === true) values[name] = typeof all[name] === "string" ? (all[name] as string).toLowerCase() : (all[name] as AbiValue);
    return values;
  };
}

const readerOf = (event: AbiEventFragment): EventReader => {
  const inputs = (event.inputs ?? []) as readonly EventParameter[];
  return { name: event.name ?? "", read: staticDecoder(inputs) ?? dynamicDecoder(inputs) };
};

const shown = (value: AbiValue): string =>
  typeof value === "object" ? JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner)) : String(value);

function noticeOf(contract: Address, name: string, values: AbiRecord): LedgerFact {
  return { kind: "ConsortiumNotice", contract, name, values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, shown(value)])) };
}

/** Fingerprints of what a decoder for these contracts can read: where it looks, and which events it knows there. */
export function readingOf(contracts: ContractAddresses): { readonly contracts: string; readonly events: string } {
  const places = placesOf(contracts);
  const fingerprint = (lines: readonly string[]): string => createHash("sha256").update([...lines].sort().join("\n")).digest("hex");
  const known = places.flatMap(([name]) => eventsOf(name).map((event) => `${name} ${encodeEventSignature(event)}`));
  return { contracts: fingerprint(places.map(([name, at]) => `${name} ${at}`)), events: fingerprint([...known, ...Object.keys(factOf)]) };
}

/**
 * Makes the decoder for a consortium's contracts. It gives one event per log, in order; a log that this version cannot read (unknown
 * topic, other layout, an enum value past those known) becomes `Unknown` with all its bytes and is never dropped.
 */
export function createDecoder(contracts: ContractAddresses): (log: ChainLog, timestamp: number) => LedgerEvent {
  const readers = new Map<string, Map<string, EventReader>>();
  for (const [name, at] of placesOf(contracts)) {
    readers.set(at, new Map(eventsOf(name).map((event) => [encodeEventSignature(event), readerOf(event)])));
  }
  function fact({ address: contract, topics, data }: ChainLog): LedgerFact {
    const reader = readers.get(contract)?.get(topics[0] ?? "");
    try {
      const values = reader?.read(topics, data) ?? null;
      if (reader !== undefined && values !== null) return factOf[reader.name]?.(values) ?? noticeOf(contract, reader.name, values);
    } catch {
      // Falls through: an undecodable log is kept as it is.
    }
    return { kind: "Unknown", contract, topics, data };
  }
  return (log, timestamp) => ({ ...fact(log), block: log.block, timestamp, logIndex: log.logIndex, transaction: log.transaction });
}
