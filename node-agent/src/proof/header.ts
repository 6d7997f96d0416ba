import { bytesOf, hexOf, numberOf, scalarOf } from "./hex.ts";
import { bloomBytes } from "./bloom.ts";
import { decodeRlp, listIn, stringIn } from "./items.ts";
import { encodeRlp, type RlpItem } from "../encoding/rlp.ts";
import { fault } from "../model/fault.ts";

/** A block header, read from its RLP; `fields` are all of them in their order, to be encoded again with other extra data. */
export type Header = {
  readonly fields: readonly RlpItem[];
  readonly parentHash: `0x${string}`;
  readonly coinbase: `0x${string}`;
  readonly transactionsRoot: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  readonly logsBloom: Uint8Array;
  readonly number: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly extraData: Uint8Array;
};

const extraDataAt = 12;
/** Every field a header may have, in the order of its RLP; those from `baseFeePerGas` on came with the forks, each only after the ones before it. */
const layout = [
  { name: "parentHash", size: 32 },
  { name: "sha3Uncles", size: 32 },
  { name: "miner", size: 20 },
  { name: "stateRoot", size: 32 },
  { name: "transactionsRoot", size: 32 },
  { name: "receiptsRoot", size: 32 },
  { name: "logsBloom", size: bloomBytes },
  { name: "difficulty", size: null },
  { name: "number", size: null },
  { name: "gasLimit", size: null },
  { name: "gasUsed", size: null },
  { name: "timestamp", size: null },
  { name: "extraData", size: -1 },
  { name: "mixHash", size: 32 },
  { name: "nonce", size: 8 },
  { name: "baseFeePerGas", size: null },
  { name: "withdrawalsRoot", size: 32 },
  { name: "blobGasUsed", size: null },
  { name: "excessBlobGas", size: null },
  { name: "parentBeaconBlockRoot", size: 32 },
  { name: "requestsHash", size: 32 },
] as const;
const always = 15;

/** Reads a header. Throws PROOF_MALFORMED. */
export function decodeHeader(bytes: Uint8Array): Header {
  const fields = listIn(decodeRlp(bytes), "a header");
  if (fields.length < always || fields.length > layout.length) throw fault("PROOF_MALFORMED", { what: `a header has ${fields.length} fields` });
  const of = (at: number): Uint8Array => {
    const row = layout[at];
    const size = row?.size ?? null;
    const field = stringIn(fields[at], row?.name ?? "a field", size === null || size < 0 ? undefined : size);
    if (size === null && (field[0] === 0 || field.length > 32)) throw fault("PROOF_MALFORMED", { what: `${row?.name ?? "a field"} is no whole number` });
    return field;
  };
  const all = fields.map((_field, at) => of(at));
  const at = (index: number): Uint8Array => all[index] ?? new Uint8Array(0);
  return {
    fields,
    parentHash: hexOf(at(0)),
    coinbase: hexOf(at(2)),
    transactionsRoot: at(4),
    receiptsRoot: at(5),
    logsBloom: at(6),
    number: numberOf(at(8), "a block number"),
    timestamp: numberOf(at(11), "a timestamp"),
    extraData: at(extraDataAt),
  };
}

/** The header's RLP with other extra data: what BFT hashes and signs. */
export function encodeWithExtraData({ fields }: Header, extraData: Uint8Array): Uint8Array {
  return encodeRlp(fields.map((field, at) => (at === extraDataAt ? extraData : field)));
}

/**
 * A header's RLP from what a node answers to eth_getBlockByNumber (execution-apis `Block`), or from a genesis block written in the same words.
 * Throws PROOF_MALFORMED when a field is missing, malformed, or unknown to this version of the format.
 */
export function encodeRpcHeader(block: Readonly<Record<string, unknown>>): Uint8Array {
  for (const name of ["blockAccessListHash", "slotNumber"]) {
    if (block[name] !== undefined && block[name] !== null) throw fault("PROOF_MALFORMED", { what: `the header field ${name} is of a fork that this version does not know` });
  }
  const fields: Uint8Array[] = [];
  for (const [at, { name, size }] of layout.entries()) {
    const value = block[name];
    if (at >= always && (value === undefined || value === null)) break;
    fields.push(size === null ? scalarOf(value, name) : bytesOf(value, name));
  }
  const bytes = encodeRlp(fields);
  decodeHeader(bytes);
  return bytes;
}
