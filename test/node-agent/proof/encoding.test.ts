import fc from "fast-check";
import test from "ava";
import { toRlp } from "viem";
import { addToBloom, bloomTest } from "../../../node-agent/src/proof/bloom.ts";
import { bytesOf, hexOf, numberOf, scalarOf } from "../../../node-agent/src/proof/hex.ts";
import { decodeRlp, encodeRlp, type RlpItem } from "../../../node-agent/src/proof/rlp.ts";
import { buildTrie, emptyRoot, listTrie, strangersIn } from "../../../node-agent/src/proof/trie.ts";

const bytes = (text: string) => bytesOf(text, "test");
const words = (text: string) => new Uint8Array(Buffer.from(text));
const item: fc.Arbitrary<RlpItem> = fc.letrec<{ item: RlpItem; list: RlpItem }>((tie) => ({
  list: fc.array(tie("item"), { maxLength: 5 }),
  item: fc.oneof({ depthSize: "small" }, fc.uint8Array({ maxLength: 70 }), tie("list")),
})).item;
const same = (one: RlpItem): unknown => (one instanceof Uint8Array ? hexOf(one) : one.map(same));

test("RLP is what another implementation writes, and comes back", (t) => {
  fc.assert(
    fc.property(item, (value) => {
      const encoded = encodeRlp(value);
      if (toRlp(same(value) as never) !== hexOf(encoded)) throw new Error("encoded otherwise");
      if (JSON.stringify(same(decodeRlp(encoded))) !== JSON.stringify(same(value))) throw new Error("read otherwise");
    }),
  );
  t.pass();
});

/** Vectors with their verdicts: what has one canonical form is read, everything else is refused. */
const rlp: readonly (readonly [hex: string, verdict: "read" | "refused", why: string])[] = [
  ["0x80", "read", "the empty string"],
  ["0xc0", "read", "the empty list"],
  ["0x00", "read", "a byte that stands for itself"],
  ["0x8180", "read", "a byte with its prefix"],
  ["0x83646f67", "read", "dog"],
  ["0xc88363617483646f67", "read", "cat and dog"],
  ["0xc7c0c1c0c3c0c1c0", "read", "lists of lists"],
  [`0xb838${"11".repeat(56)}`, "read", "56 bytes"],
  ["0x", "refused", "nothing"],
  ["0x8100", "refused", "a prefix that is not needed"],
  ["0x817f", "refused", "a prefix that is not needed"],
  ["0xb801ff", "refused", "a long form for a short string"],
  [`0xb90038${"11".repeat(56)}`, "refused", "a length with a leading zero"],
  ["0x83646f", "refused", "too short"],
  ["0xc883636174", "refused", "a list that ends early"],
  ["0xc283646f67", "refused", "an item that leaves its list"],
  ["0x8080", "refused", "bytes behind the item"],
  ["0xbf00ffffffffffffffff", "refused", "a length that no file has"],
  [`0x${"c1".repeat(40)}`, "refused", "deeper than anything on a chain"],
];
for (const [hex, verdict, why] of rlp)
  test(`RLP ${hex.slice(0, 20)}: ${verdict}, ${why}`, (t) => {
    if (verdict === "read") t.is<string, string>(hexOf(encodeRlp(decodeRlp(bytes(hex)))), hex);
    else t.like(t.throws(() => decodeRlp(bytes(hex))), { code: "PROOF_MALFORMED" });
  });

test("rubbish is refused or read in its one form, and never loops", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (rubbish) => {
      try {
        if (hexOf(encodeRlp(decodeRlp(rubbish))) !== hexOf(rubbish)) throw new Error("two encodings of one item");
      } catch (error) {
        if ((error as { code?: string }).code !== "PROOF_MALFORMED") throw error;
      }
    }),
  );
  t.pass();
});

test("roots of known tries (ethereum/tests, TrieTests)", (t) => {
  const root = (pairs: readonly (readonly [string, string])[]) => hexOf(buildTrie(pairs.map(([key, value]) => ({ key: words(key), value: words(value) }))).root);
  t.is(hexOf(emptyRoot), "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
  t.is(root([]), hexOf(emptyRoot));
  t.is(root([["doe", "reindeer"], ["dog", "puppy"], ["dogglesworth", "cat"]]), "0x8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3");
  t.is(root([["do", "verb"], ["horse", "stallion"], ["doge", "coin"], ["dog", "puppy"]]), "0x5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84");
  t.is(root([["A", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]]), "0xd23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab");
});

test("a list's inner nodes single out the values that do not belong there", (t) => {
  const value = (seed: number, size: number) => new Uint8Array(size).fill(seed);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 300 }), fc.nat(), (sizes, pick) => {
      const values = sizes.map((size, at) => value(at % 251, size));
      const { root, inner } = listTrie(values);
      if (strangersIn(root, inner, values)?.length !== 0) throw new Error("a genuine value is a stranger");
      const at = pick % values.length;
      const changed = values.with(at, value(252, 77));
      const found = strangersIn(root, inner, changed);
      if (found === null || found.join() !== String(at)) throw new Error(`value ${at} of ${values.length} was changed, found: ${found?.join() ?? "nothing"}`);
    }),
    { numRuns: 60 },
  );
  t.pass();
});

test("a bloom denies nothing that is in it", (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 20, maxLength: 32 }), { maxLength: 40 }), (values) => {
      const bloom = new Uint8Array(256);
      for (const one of values) addToBloom(bloom, one);
      if (!values.every((one) => bloomTest(one)(bloom))) throw new Error("denied");
    }),
  );
  t.false(bloomTest(words("absent"))(new Uint8Array(256)));
});

test("numbers in their shortest form, and nothing else", (t) => {
  t.deepEqual([scalarOf(0, ""), scalarOf("0x0", ""), scalarOf("0x0400", ""), scalarOf(255, "")].map(hexOf), ["0x", "0x", "0x0400", "0xff"]);
  t.is(numberOf(bytes("0x0400"), ""), 1024);
  for (const wrong of [-1, 1.5, "12", "0x", "0xzz", null, {}]) t.throws(() => scalarOf(wrong, "it"), { message: "it is no whole number" });
  for (const wrong of ["0x00", "0x0001", `0x${"ff".repeat(8)}`]) t.throws(() => numberOf(bytes(wrong), "it"));
});
