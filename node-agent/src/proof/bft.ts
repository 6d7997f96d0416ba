import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak } from "../encoding/keccak.ts";
import { encodeRlp, type RlpItem } from "../encoding/rlp.ts";
import { fault } from "../model/fault.ts";
import { encodeWithExtraData, type Header } from "./header.ts";
import { hexOf } from "./hex.ts";
import { decodeRlp, listIn, stringIn } from "./items.ts";

export type Protocol = "ibft2" | "qbft";
/** A proposer's vote to add or drop a validator. */
export type Vote = { readonly candidate: `0x${string}`; readonly add: boolean };
/** What a BFT block carries in its extra data (Besu's IBFT 2.0 and QBFT). */
export type BftExtra = {
  readonly protocol: Protocol;
  readonly validators: readonly `0x${string}`[];
  readonly vote: Vote | null;
  readonly seals: readonly Uint8Array[];
  /** [vanity, validators, vote, round, seals] as they stood, to be encoded again in part. */
  readonly parts: readonly [vanity: RlpItem, validators: RlpItem, vote: RlpItem, round: RlpItem, seals: RlpItem];
};

const nothing = new Uint8Array(0);
const bad = (what: string): Error => fault("PROOF_MALFORMED", { what: `extra data: ${what}` });

/**
 * Reads BFT extra data. The two protocols are told apart by their own encodings: IBFT 2.0 writes the round as four bytes and no vote as an empty
 * string, QBFT the round as a number without leading zeros and no vote as an empty list. Throws PROOF_MALFORMED when it is neither.
 */
export function decodeBftExtra(bytes: Uint8Array): BftExtra {
  const [vanity, validatorList, vote, round, sealList] = listIn(decodeRlp(bytes), "extra data", 5);
  if (vanity === undefined || validatorList === undefined || vote === undefined || round === undefined || sealList === undefined) throw bad("it is not whole");
  stringIn(vanity, "the vanity", 32);
  const validators = listIn(validatorList, "the validators").map((one) => hexOf(stringIn(one, "a validator", 20)));
  validators.forEach((one, at) => {
    if (at > 0 && one <= (validators[at - 1] ?? "")) throw bad("the validators are doubled or out of order");
  });
  const seals = listIn(sealList, "the seals").map((one) => stringIn(one, "a seal", 65));
  const digits = stringIn(round, "the round");
  if (digits.length > 4) throw bad("the round is too large");
  const parts = [vanity, validatorList, vote, round, sealList] as const;
  if (digits.length === 4 && (digits[0] === 0 || vote instanceof Uint8Array)) {
    if (vote instanceof Uint8Array && vote.length > 0) throw bad("the vote is malformed");
    return { protocol: "ibft2", validators, vote: vote instanceof Uint8Array ? null : voteIn(vote, Uint8Array.of(0)), seals, parts };
  }
  if (digits[0] === 0) throw bad("the round is malformed");
  const list = listIn(vote, "the vote");
  return { protocol: "qbft", validators, vote: list.length === 0 ? null : voteIn(list, nothing), seals, parts };
}

function voteIn(list: readonly RlpItem[], drop: Uint8Array): Vote {
  const [candidate, word] = listIn(list, "the vote", 2);
  const kind = hexOf(stringIn(word, "the vote"));
  if (kind !== "0xff" && kind !== hexOf(drop)) throw bad("the vote is neither to add nor to drop");
  return { candidate: hexOf(stringIn(candidate, "the candidate", 20)), add: kind === "0xff" };
}

/** The block's hash: seals and round are left out of it, so that every validator's copy has the same; block 0 is hashed as it is. */
export function bftBlockHash(header: Header, extra: BftExtra): `0x${string}` {
  const [vanity, validators, vote] = extra.parts;
  const kept = extra.protocol === "ibft2" ? [vanity, validators, vote] : [vanity, validators, vote, nothing, []];
  return plainHash(header.number === 0 ? header.extraData : encodeRlp(kept), header);
}

/** Keccak-256 of the header with the given extra data. */
export const plainHash = (extraData: Uint8Array, header: Header): `0x${string}` => hexOf(keccak(encodeWithExtraData(header, extraData)));

/** What the validators signed: the header with the round and without seals. */
function sealedHash(header: Header, extra: BftExtra): Uint8Array {
  const [vanity, validators, vote, round] = extra.parts;
  return keccak(encodeWithExtraData(header, encodeRlp(extra.protocol === "ibft2" ? [vanity, validators, vote, round] : [vanity, validators, vote, round, []])));
}

/** Ethereum address of an uncompressed public key. */
const addressOf = (key: Uint8Array): `0x${string}` => hexOf(keccak(key.subarray(1)).subarray(12));

/** Who sealed the block, in the order of the seals; null for a seal that no key could have made. */
export function committersOf(header: Header, extra: BftExtra): (`0x${string}` | null)[] {
  const digest = sealedHash(header, extra);
  return extra.seals.map((seal) => signerOf(seal, digest));
}

function signerOf(seal: Uint8Array, digest: Uint8Array): `0x${string}` | null {
  const [v] = seal.subarray(64);
  if (v !== 0 && v !== 1) return null;
  try {
    const signature = secp256k1.Signature.fromBytes(Uint8Array.of(v, ...seal.subarray(0, 64)), "recovered");
    return addressOf(signature.recoverPublicKey(digest).toBytes(false));
  } catch {
    return null;
  }
}
