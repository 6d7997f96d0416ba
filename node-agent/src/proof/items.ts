import * as rlp from "../encoding/rlp.ts";
import type { RlpItem } from "../encoding/rlp.ts";
import { fault } from "../model/fault.ts";

const malformed = (what: string): Error => fault("PROOF_MALFORMED", { what: `RLP: ${what}` });

/** Reads exactly one item in its one canonical form. Throws PROOF_MALFORMED. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  try {
    return rlp.decodeRlp(bytes);
  } catch (error) {
    throw fault("PROOF_MALFORMED", { what: error instanceof Error ? error.message : "RLP" }, error);
  }
}

/** The item as a byte string, of `size` bytes when given. Throws PROOF_MALFORMED. */
export function stringIn(item: RlpItem | undefined, what: string, size?: number): Uint8Array {
  if (!(item instanceof Uint8Array) || (size !== undefined && item.length !== size)) throw malformed(`${what} is not ${size === undefined ? "a byte string" : `${size} bytes`}`);
  return item;
}

/** The item as a list, of `count` items when given. Throws PROOF_MALFORMED. */
export function listIn(item: RlpItem | undefined, what: string, count?: number): readonly RlpItem[] {
  if (item === undefined || item instanceof Uint8Array || (count !== undefined && item.length !== count)) throw malformed(`${what} is not a list${count === undefined ? "" : ` of ${count}`}`);
  return item;
}
