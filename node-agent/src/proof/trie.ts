import { hexOf, same } from "./hex.ts";
import { keccak } from "./keccak.ts";
import { encodeRlp, type RlpItem, decodeRlp } from "./rlp.ts";

/** A Merkle-Patricia trie (Ethereum yellow paper, appendix D): its root, and its inner nodes, by which a single value can be proven. */
export type Trie = { readonly root: Uint8Array; readonly inner: readonly Uint8Array[] };
export type TrieEntry = { readonly key: Uint8Array; readonly value: Uint8Array };

type Path = { readonly nibbles: readonly number[]; readonly value: Uint8Array };

const empty = new Uint8Array(0);

/** The root of a trie that holds nothing. */
export const emptyRoot = keccak(encodeRlp(empty));

const nibblesOf = (bytes: Uint8Array): number[] => [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);

/** Hex-prefix encoding (appendix C). */
function packed(nibbles: readonly number[], leaf: boolean): Uint8Array {
  const flag = leaf ? 2 : 0;
  const all = nibbles.length % 2 === 1 ? [flag + 1, ...nibbles] : [flag, 0, ...nibbles];
  return Uint8Array.from({ length: all.length / 2 }, (_none, i) => (all[2 * i] ?? 0) * 16 + (all[2 * i + 1] ?? 0));
}

/** Builds the trie of distinct keys, none a prefix of another unless it has the value of a branch. */
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

const indexKey = (index: number): Uint8Array => encodeRlp(index === 0 ? empty : Uint8Array.from(Buffer.from(index.toString(16).padStart(index > 0xff ? (index > 0xffff ? 6 : 4) : 2, "0"), "hex")));

/** The trie of a block's list (transactions or receipts): each under the RLP of its index. */
export const listTrie = (values: readonly Uint8Array[]): Trie => buildTrie(values.map((value, index) => ({ key: indexKey(index), value })));

/**
 * Which values of a list do not stand under `root`: found by walking down the genuine inner nodes, which prove themselves by their hashes.
 * null when those nodes do not lead far enough to tell.
 */
export function strangersIn(root: Uint8Array, inner: readonly Uint8Array[], values: readonly Uint8Array[]): number[] | null {
  const byHash = new Map(inner.map((node) => [hexOf(keccak(node)), node]));
  const strangers: number[] = [];
  for (const [index, value] of values.entries()) {
    const verdict = stands(root, byHash, nibblesOf(indexKey(index)), value);
    if (verdict === null) return null;
    if (!verdict) strangers.push(index);
  }
  return strangers;
}

function stands(root: Uint8Array, byHash: ReadonlyMap<string, Uint8Array>, key: readonly number[], value: Uint8Array): boolean | null {
  let reference: RlpItem = root;
  for (let depth = 0; ; ) {
    const rest = key.slice(depth);
    let node: RlpItem = reference;
    if (reference instanceof Uint8Array) {
      if (reference.length === 0) return false;
      const bytes = byHash.get(hexOf(reference));
      // No inner node has this hash, so it must be the leaf's.
      if (bytes === undefined) return same(reference, keccak(encodeRlp([packed(rest, true), value])));
      node = decodeRlp(bytes);
    }
    if (node instanceof Uint8Array) return null;
    if (node.length === 17) {
      const [nibble] = rest;
      const next: RlpItem | undefined = nibble === undefined ? undefined : node[nibble];
      if (next === undefined) return node[16] instanceof Uint8Array && same(node[16], value);
      reference = next;
      depth++;
      continue;
    }
    const [path, below]: readonly (RlpItem | undefined)[] = node;
    if (!(path instanceof Uint8Array) || below === undefined) return null;
    if (same(path, packed(rest, true))) return below instanceof Uint8Array && same(below, value);
    const run = nibblesOf(path).slice((path[0] ?? 0) >> 4 === 1 ? 1 : 2);
    if ((path[0] ?? 0) >= 0x20 || !run.every((nibble, i) => nibble === rest[i])) return false;
    reference = below;
    depth += run.length;
  }
}
