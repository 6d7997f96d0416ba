import { isFault } from "../model/fault.ts";
import { bftBlockHash, decodeBftExtra, plainHash } from "./bft.ts";
import type { Header } from "./header.ts";

/** A block's hash: by the rules of IBFT 2.0 or QBFT when its extra data is theirs, else of the header as it is. */
export function blockHashOf(header: Header): `0x${string}` {
  try {
    return bftBlockHash(header, decodeBftExtra(header.extraData));
  } catch (error) {
    if (!isFault(error, "PROOF_MALFORMED")) throw error;
    return plainHash(header.extraData, header);
  }
}
