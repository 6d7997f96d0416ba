import { type Address, address } from "../model/ids.ts";
import { decodeRlp, type Rlp } from "./rlp.ts";

/** What an IBFT 2.0 or QBFT header carries in `extraData`: [vanity, validators, vote, round, seals]. */
export type BftExtra = {
  readonly validators: readonly Address[];
  /** The proposer's vote, when it cast one. */
  readonly vote: { readonly subject: Address; readonly add: boolean } | null;
  /** Rounds that failed before this one. */
  readonly round: number;
  readonly seals: number;
};

const wrong = (): TypeError => new TypeError("the block's extraData is not IBFT 2.0's or QBFT's");

function bytesOf(item: Rlp | undefined): Uint8Array {
  if (!(item instanceof Uint8Array)) throw wrong();
  return item;
}

function listOf(item: Rlp | undefined): readonly Rlp[] {
  if (item === undefined || item instanceof Uint8Array) throw wrong();
  return item;
}

const addressOf = (item: Rlp | undefined): Address => address(`0x${Buffer.from(bytesOf(item)).toString("hex")}`);

/** IBFT 2.0 writes an empty text where nobody voted, QBFT an empty list; both write [address, 0xff | 0x00] where somebody did (0x00 may be written as empty). */
function voteOf(item: Rlp | undefined): BftExtra["vote"] {
  if (item === undefined) throw wrong();
  if (item.length === 0) return null;
  const [subject, word] = listOf(item);
  const kind = bytesOf(word);
  if (kind.length > 1) throw wrong();
  return { subject: addressOf(subject), add: kind[0] === 0xff };
}

/** Reads a header's extraData (0x hex). Throws TypeError when it has another form. */
export function readBftExtra(extraData: string): BftExtra {
  if (!/^0x(?:[0-9a-f]{2})*$/iu.test(extraData)) throw wrong();
  const [vanity, validators, vote, round, seals] = listOf(decodeRlp(Buffer.from(extraData.slice(2), "hex")));
  if (bytesOf(vanity).length !== 32) throw wrong();
  let failed = 0;
  for (const byte of bytesOf(round)) failed = failed * 256 + byte;
  return { validators: listOf(validators).map(addressOf), vote: voteOf(vote), round: failed, seals: listOf(seals).length };
}
