import test from "ava";
import { buildTrie, emptyRoot } from "../../../node-agent/src/encoding/trie.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const hexOf = (value: Uint8Array): string => `0x${Buffer.from(value).toString("hex")}`;
const root = (pairs: readonly (readonly [string, string])[]): string => hexOf(buildTrie(pairs.map(([key, value]) => ({ key: bytes(key), value: bytes(value) }))).root);

/** From the Ethereum tests' trieanyorder set. */
const vectors: readonly { readonly entries: Readonly<Record<string, string>>; readonly root: string }[] = [
  { entries: { A: "a".repeat(50) }, root: "0xd23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab" },
  { entries: { doe: "reindeer", dog: "puppy", dogglesworth: "cat" }, root: "0x8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3" },
  { entries: { do: "verb", horse: "stallion", doge: "coin", dog: "puppy" }, root: "0x5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84" },
  { entries: { foo: "bar", food: "bass" }, root: "0x17beaa1648bafa633cda809c90c04af50fc8aed3cb40d16efbddee6fdf63c4c3" },
];

test("roots are those of the vectors, whatever the order", (t) => {
  t.is(hexOf(emptyRoot), "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
  t.is(root([]), hexOf(emptyRoot));
  for (const { entries, root: expected } of vectors) {
    t.is(root(Object.entries(entries)), expected);
    t.is(root(Object.entries(entries).reverse()), expected);
  }
});
