import { concat, encodeRlp } from "../encoding/rlp.ts";
import { fault } from "../model/fault.ts";
import { addToBloom, bloomBytes } from "./bloom.ts";
import { bytesOf, hexOf, numberOf, same, scalarOf } from "./hex.ts";
import { decodeRlp, listIn, stringIn } from "./items.ts";

/** A log as a receipt holds it. */
export type ReceiptLog = { readonly address: `0x${string}`; readonly topics: readonly `0x${string}`[]; readonly data: `0x${string}` };
export type Receipt = { readonly succeeded: boolean; readonly logs: readonly ReceiptLog[] };

type Words = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown, what: string): Words => {
  if (typeof value !== "object" || value === null) throw fault("PROOF_MALFORMED", { what: `${what} is no object` });
  return value as Words;
};
const listOf = (value: unknown, what: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw fault("PROOF_MALFORMED", { what: `${what} is no list` });
  return value;
};

/** A type's prefix (EIP-2718): none for the oldest kind. Throws PROOF_MALFORMED. */
export function typePrefix(value: unknown, what: string): Uint8Array {
  const type = value === undefined || value === null ? new Uint8Array(0) : scalarOf(value, `the type of ${what}`);
  if (type.length > 1 || (type[0] ?? 0) > 4 || type[0] === 3) throw fault("PROOF_MALFORMED", { what: `${what} is of a type that this version does not know` });
  return type;
}

/** The bytes of a receipt in its trie, from what a node answers to eth_getTransactionReceipt. Throws PROOF_MALFORMED. */
export function encodeRpcReceipt(value: unknown): Uint8Array {
  const receipt = objectOf(value, "a receipt");
  const logs = listOf(receipt["logs"], "logs").map((one) => {
    const log = objectOf(one, "a log");
    return [bytesOf(log["address"], "a log's address"), listOf(log["topics"], "topics").map((topic) => bytesOf(topic, "a topic")), bytesOf(log["data"], "a log's data")];
  });
  const body = [scalarOf(receipt["status"], "the status"), scalarOf(receipt["cumulativeGasUsed"], "the gas used"), bytesOf(receipt["logsBloom"], "logsBloom"), logs];
  return concat([typePrefix(receipt["type"], "a receipt"), encodeRlp(body)]);
}

/** Reads a receipt and checks that its bloom is that of its logs. Throws PROOF_MALFORMED. */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const typed = (bytes[0] ?? 0) < 0xc0;
  if (typed && !([1, 2, 4] as (number | undefined)[]).includes(bytes[0])) throw fault("PROOF_MALFORMED", { what: "a receipt is of a type that this version does not know" });
  const [status, gas, bloom, list] = listIn(decodeRlp(typed ? bytes.subarray(1) : bytes), "a receipt", 4);
  const succeeded = numberOf(stringIn(status, "the status"), "the status");
  numberOf(stringIn(gas, "the gas used"), "the gas used");
  const expected = new Uint8Array(bloomBytes);
  const logs = listIn(list, "the logs").map((one): ReceiptLog => {
    const [where, topics, data] = listIn(one, "a log", 3);
    const contract = stringIn(where, "a log's address", 20);
    addToBloom(expected, contract);
    const words = listIn(topics, "topics").map((topic) => stringIn(topic, "a topic", 32));
    for (const word of words) addToBloom(expected, word);
    return { address: hexOf(contract), topics: words.map(hexOf), data: hexOf(stringIn(data, "a log's data")) };
  });
  if (!same(expected, stringIn(bloom, "the bloom", bloomBytes))) throw fault("PROOF_MALFORMED", { what: "a receipt's bloom is not that of its logs" });
  return { succeeded: succeeded === 1, logs };
}
