import { keccak } from "../encoding/keccak.ts";
import { encodeRlp, type RlpItem } from "../encoding/rlp.ts";
import { indexKey, nibblesOf, packed } from "../encoding/trie.ts";
import { hexOf, same } from "./hex.ts";
import { decodeRlp } from "./items.ts";

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
