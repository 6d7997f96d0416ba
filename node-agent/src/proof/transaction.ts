import { keccak } from "../encoding/keccak.ts";
import { concat, encodeRlp, type RlpItem } from "../encoding/rlp.ts";
import { fault } from "../model/fault.ts";
import { bytesOf, hexOf, scalarOf } from "./hex.ts";
import { typePrefix } from "./receipt.ts";

type Words = Readonly<Record<string, unknown>>;

const to = (value: unknown): Uint8Array => (value === null || value === undefined ? new Uint8Array(0) : bytesOf(value, "to"));
const pairs = (value: unknown, item: (one: Words) => RlpItem): RlpItem => (Array.isArray(value) ? (value as readonly Words[]).map(item) : []);
const accessList = (value: unknown): RlpItem =>
  pairs(value, ({ address, storageKeys }) => [bytesOf(address, "an address"), (Array.isArray(storageKeys) ? storageKeys : []).map((key) => bytesOf(key, "a storage key"))]);

/**
 * A transaction's bytes in its trie (yellow paper section 4.2; EIP-2718, 2930, 1559, 7702), from what a node answers to eth_getBlockByNumber
 * with full transactions. Throws PROOF_MALFORMED when the bytes do not have the hash that the node gave.
 */
export function encodeRpcTransaction(value: unknown): Uint8Array {
  if (typeof value !== "object" || value === null) throw fault("PROOF_MALFORMED", { what: "a transaction is no object" });
  const tx = value as Words;
  const number = (name: string): Uint8Array => scalarOf(tx[name], name);
  const prefix = typePrefix(tx["type"], "a transaction");
  const call = [to(tx["to"]), number("value"), bytesOf(tx["input"], "input")];
  const signature = [number("r"), number("s")];
  const parity = (): Uint8Array => scalarOf(tx["yParity"] ?? tx["v"], "yParity");
  const fees = [number("nonce"), ...(prefix[0] === 2 || prefix[0] === 4 ? [number("maxPriorityFeePerGas"), number("maxFeePerGas")] : [number("gasPrice")]), number("gas")];
  const authorizations = (): RlpItem =>
    pairs(tx["authorizationList"], (one) => [
      scalarOf(one["chainId"], "chainId"),
      bytesOf(one["address"], "an address"),
      scalarOf(one["nonce"], "nonce"),
      scalarOf(one["yParity"] ?? one["v"], "yParity"),
      scalarOf(one["r"], "r"),
      scalarOf(one["s"], "s"),
    ]);
  const fields: RlpItem[] =
    prefix.length === 0
      ? [...fees, ...call, number("v"), ...signature]
      : [number("chainId"), ...fees, ...call, accessList(tx["accessList"]), ...(prefix[0] === 4 ? [authorizations()] : []), parity(), ...signature];
  const bytes = concat([prefix, encodeRlp(fields)]);
  if (hexOf(keccak(bytes)) !== String(tx["hash"]).toLowerCase()) throw fault("PROOF_MALFORMED", { what: "a transaction does not have the hash that the node gave" });
  return bytes;
}
