import fc from "fast-check";
import test from "ava";
import { addToBloom, bloomTest } from "../../../node-agent/src/proof/bloom.ts";
import { bytesOf, hexOf, numberOf, scalarOf } from "../../../node-agent/src/proof/hex.ts";
import { decodeRlp } from "../../../node-agent/src/proof/items.ts";
import { listTrie } from "../../../node-agent/src/encoding/trie.ts";
import { strangersIn } from "../../../node-agent/src/proof/strangers.ts";

const bytes = (text: string) => bytesOf(text, "test");
const words = (text: string) => new Uint8Array(Buffer.from(text));

test("what is no RLP is malformed, with the reason", (t) => {
  for (const [wrong, reason] of [["0x", /ends early/u], ["0x8100", /prefix/u], ["0x8080", /after/u], ["0xc283646f67", /ends early/u]] as const)
    t.like(t.throws(() => decodeRlp(bytes(wrong)), { message: reason }), { code: "PROOF_MALFORMED" });
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
