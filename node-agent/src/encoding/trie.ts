import { keccak } from "./keccak.ts";
import { encodeRlp, type RlpItem } from "./rlp.ts";
import { scalar } from "./scalar.ts";

/** A Merkle-Patricia trie (Ethereum yellow paper, appendix D): its root, and its inner nodes, by which a single value can be proven. */
export type Trie = { readonly root: Uint8Array; readonly inner: readonly Uint8Array[] };
export type TrieEntry = { readonly key: Uint8Array; readonly value: Uint8Array };

type Path = { readonly nibbles: readonly number[]; readonly value: Uint8Array };

const empty = new Uint8Array(0);

/** The root of a trie that holds nothing. */
export const emptyRoot = keccak(encodeRlp(empty));

/** The digits of a key, four bits each: a path in the trie. */
export const nibblesOf = (bytes: Uint8Array): number[] => [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);

/** Hex-prefix encoding of a path that ends in a leaf or goes on below an extension (appendix C). */
export function packed(nibbles: readonly number[], leaf: boolean): Uint8Array {
  const flag = leaf ? 2 : 0;
  const all = nibbles.length % 2 === 1 ? [flag + 1, ...nibbles] : [flag, 0, ...nibbles];
  return Uint8Array.from({ length: all.length / 2 }, (_none, i) => (all[2 * i] ?? 0) * 16 + (all[2 * i + 1] ?? 0));
}

/**
 * Builds the trie of distinct keys with values that are not empty, in any order. State and storage tries have keccak-256 of the key ("secure" tries), lists
 * the RLP of the index.
 */
export function buildTrie(entries: readonly TrieEntry[]): Trie {
  if (entries.length === 0) return { root: emptyRoot, inner: [] };
  const inner: Uint8Array[] = [];
  /** A node as its parent holds it: itself when short, its hash otherwise. */
  const held = (node: RlpItem, isLeaf: boolean): RlpItem => {
    const bytes = encodeRlp(node);
    if (bytes.length < 32) return node;
    if (!isLeaf) inner.push(bytes);
    return keccak(bytes);
  };
  const node = (paths: readonly Path[], depth: number): { readonly item: RlpItem; readonly leaf: boolean } => {
    const [first] = paths;
    if (first === undefined) return { item: empty, leaf: true };
    if (paths.length === 1) return { item: [packed(first.nibbles.slice(depth), true), first.value], leaf: true };
    let shared = depth;
    while (shared < first.nibbles.length && paths.every(({ nibbles }) => nibbles[shared] === first.nibbles[shared])) shared++;
    if (shared > depth) {
      const below = node(paths, shared);
      return { item: [packed(first.nibbles.slice(depth, shared), false), held(below.item, below.leaf)], leaf: false };
    }
    const children: RlpItem[] = Array.from({ length: 16 }, (_none, nibble) => {
      const own = paths.filter(({ nibbles }) => nibbles[depth] === nibble);
      if (own.length === 0) return empty;
      const below = node(own, depth + 1);
      return held(below.item, below.leaf);
    });
    return { item: [...children, paths.find(({ nibbles }) => nibbles.length === depth)?.value ?? empty], leaf: false };
  };
  const top = node(entries.map(({ key, value }) => ({ nibbles: nibblesOf(key), value })), 0);
  const bytes = encodeRlp(top.item);
  if (!top.leaf) inner.push(bytes);
  return { root: keccak(bytes), inner };
}

/** The key of an index in a list. */
export const indexKey = (index: number): Uint8Array => encodeRlp(scalar(index));

/** The trie of a block's list (transactions or receipts): each under the RLP of its index. */
export const listTrie = (values: readonly Uint8Array[]): Trie => buildTrie(values.map((value, index) => ({ key: indexKey(index), value })));
