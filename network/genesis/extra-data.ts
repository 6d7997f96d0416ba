import { fromHex, type Hex, toHex } from "../hex.ts";
import { encodeRlp, type RlpItem } from "../../node-agent/src/encoding/rlp.ts";

/** The two Byzantine-fault-tolerant protocols of Besu. */
export type Protocol = "ibft2" | "qbft";

const vanity = new Uint8Array(32);
const nothing = new Uint8Array();

/**
 * `extraData` of block 0, the founding validators in it (addresses in any order and letter case; they are written ascending).
 * IBFT 2.0: [32-byte vanity, validators, no vote as an empty string, the round as four bytes, no seals]. QBFT: [vanity, validators, no vote as an
 * empty list, the round as a scalar, no seals] (Besu's IbftExtraDataCodec and QbftExtraDataCodec; the forms are compared with
 * `besu rlp encode`). Throws TypeError for a malformed or doubled address and for an empty set.
 */
export function genesisExtraData(protocol: Protocol, validators: readonly string[]): Hex {
  const sorted = validators.map((address) => address.toLowerCase()).sort();
  if (sorted.length === 0) throw new TypeError("a chain needs at least one validator");
  for (const [at, address] of sorted.entries()) {
    if (!/^0x[0-9a-f]{40}$/u.test(address)) throw new TypeError("a validator is not an address");
    if (address === sorted[at - 1]) throw new TypeError("a validator is named twice");
  }
  const addresses = sorted.map(fromHex);
  const fields: RlpItem[] = protocol === "ibft2" ? [vanity, addresses, nothing, new Uint8Array(4), []] : [vanity, addresses, [], nothing, []];
  return toHex(encodeRlp(fields));
}
