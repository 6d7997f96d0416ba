import { keccak_256 } from "@noble/hashes/sha3.js";
import { encodeRlp, type RlpItem } from "./rlp.ts";

type Entry = { readonly nibbles: readonly number[]; readonly value: Uint8Array };

/** Hex-prefix form of a path (Ethereum Yellow Paper, appendix C). */
function compact(nibbles: readonly number[], leaf: boolean): Uint8Array {
  const flag = leaf ? 2 : 0;
  const full = nibbles.length % 2 === 0 ? [flag, 0, ...nibbles] : [flag + 1, ...nibbles];
  return Uint8Array.from({ length: full.length / 2 }, (_unused, at) => (full[2 * at] ?? 0) * 16 + (full[2 * at + 1] ?? 0));
}

/** A node as its parent holds it: itself when its RLP is shorter than 32 bytes, else the hash of that. */
function reference(node: RlpItem): RlpItem {
  const rlp = encodeRlp(node);
  return rlp.length < 32 ? node : keccak_256(rlp);
}

function commonPrefix(entries: readonly Entry[], depth: number): number {
  const [first, ...others] = entries;
  if (first === undefined) return 0;
  let length = first.nibbles.length - depth;
  for (const { nibbles } of others) {
    let same = 0;
    while (same < length && nibbles[depth + same] === first.nibbles[depth + same]) same++;
    length = same;
  }
  return length;
}

function nodeOf(entries: readonly Entry[], depth: number): RlpItem {
  const [first] = entries;
  if (first === undefined) return new Uint8Array();
  if (entries.length === 1) return [compact(first.nibbles.slice(depth), true), first.value];
  const shared = commonPrefix(entries, depth);
  if (shared > 0) return [compact(first.nibbles.slice(depth, depth + shared), false), reference(nodeOf(entries, depth + shared))];
  const branches = Array.from({ length: 16 }, (_unused, nibble) => {
    const below = entries.filter(({ nibbles }) => nibbles[depth] === nibble);
    return below.length === 0 ? new Uint8Array() : reference(nodeOf(below, depth + 1));
  });
  const ends = entries.find(({ nibbles }) => nibbles.length === depth);
  return [...branches, ends?.value ?? new Uint8Array()];
}

/**
 * Root of the Merkle Patricia trie (Ethereum Yellow Paper, appendix D) that holds exactly these entries; keys differ, values are not empty.
 * For the state and storage tries give keccak-256 of the key ("secure" tries); for receipts and transactions the RLP of the index.
 */
export function trieRoot(entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>): Uint8Array {
  const list = [...entries].map(([key, value]) => ({ nibbles: [...key].flatMap((byte) => [byte >> 4, byte & 15]), value }));
  return keccak_256(encodeRlp(nodeOf(list, 0)));
}

/** Root of the trie that holds nothing. */
export const emptyTrieRoot: Uint8Array = trieRoot([]);
