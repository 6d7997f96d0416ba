import fc from "fast-check";
import test from "ava";
import { toRlp } from "viem";
import { decodeRlp, encodeRlp, type RlpItem } from "../../../node-agent/src/encoding/rlp.ts";
import { scalar } from "../../../node-agent/src/encoding/scalar.ts";

type Hex = `0x${string}`;
type Nested = Hex | Nested[];
const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.slice(2), "hex"));
const asHex = (item: RlpItem): Nested => (item instanceof Uint8Array ? hexOf(item) : item.map(asHex));
const depthOf = (item: RlpItem): number => (item instanceof Uint8Array ? 0 : 1 + Math.max(0, ...item.map(depthOf)));

/** Lengths around every border: the byte that stands for itself, 55/56, one and two bytes of length. */
const string = fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ minLength: 250, maxLength: 300 }));
const { item: anything } = fc.letrec<{ readonly item: RlpItem }>((tie) => ({ item: fc.oneof({ depthSize: "small" }, string, fc.array(tie("item"), { maxLength: 6 })) }));
const item = anything.filter((one) => depthOf(one) <= 16);

test("an item is written as another implementation writes it, and comes back", (t) => {
  fc.assert(
    fc.property(item, (value) => {
      const bytes = encodeRlp(value);
      t.is<string, string>(hexOf(bytes), toRlp(asHex(value) as Hex));
      t.deepEqual(asHex(decodeRlp(bytes)), asHex(value));
    }),
  );
});

/** An empty list in a list in a list, so many lists in all. */
const nested = (lists: number): Hex => `0x${Array.from({ length: lists }, (_none, at) => (0xc0 + lists - 1 - at).toString(16)).join("")}`;

/** Vectors with their verdicts: what has one canonical form is read, everything else is refused with the reason. */
const vectors: readonly (readonly [hex: string, refusal: RegExp | null, why: string])[] = [
  ["0x80", null, "the empty string"],
  ["0xc0", null, "the empty list"],
  ["0x00", null, "a byte that stands for itself"],
  ["0x7f", null, "the last byte that stands for itself"],
  ["0x8180", null, "the first byte that needs a prefix"],
  ["0x83646f67", null, "dog"],
  ["0xc88363617483646f67", null, "cat and dog"],
  ["0xc7c0c1c0c3c0c1c0", null, "lists of lists"],
  [`0xb7${"11".repeat(55)}`, null, "55 bytes, the longest short string"],
  [`0xb838${"11".repeat(56)}`, null, "56 bytes, the shortest long string"],
  [`0xf7${"11".repeat(55)}`, null, "the longest short list"],
  [`0xf838${"11".repeat(56)}`, null, "the shortest long list"],
  [`0xb8ff${"11".repeat(255)}`, null, "the most that one byte of length says"],
  [`0xb90100${"11".repeat(256)}`, null, "two bytes of length"],
  [nested(17), null, "as deep as it may be"],
  ["0x", /ends early/u, "nothing"],
  ["0x8100", /prefix/u, "a prefix that is not needed, before 0"],
  ["0x817f", /prefix/u, "a prefix that is not needed, before 127"],
  ["0xc28101", /prefix/u, "the same inside a list"],
  [`0xb837${"11".repeat(55)}`, /shortest/u, "a long form for a short string"],
  [`0xf837${"11".repeat(55)}`, /shortest/u, "a long form for a short list"],
  [`0xb90038${"11".repeat(56)}`, /shortest/u, "a length with a leading zero"],
  ["0xb800", /shortest/u, "a length of nothing in long form"],
  ["0x83646f", /ends early/u, "a string that ends early"],
  ["0xc883636174", /ends early/u, "a list that ends early"],
  ["0xb9ff", /ends early/u, "a length that ends early"],
  ["0xc283646f67", /ends early/u, "an item that leaves its list"],
  [`0xc2b838${"11".repeat(56)}`, /ends early/u, "a long item that leaves its list"],
  ["0xc1b838", /ends early/u, "a length that leaves its list"],
  ["0x8080", /after/u, "bytes behind the item"],
  ["0x0000", /after/u, "a byte behind a byte"],
  ["0xc000", /after/u, "a byte behind a list"],
  ["0xbf00ffffffffffffffff", /too long/u, "a length that no file has"],
  ["0xff7fffffffffffffff", /too long/u, "a list that no file has"],
  [nested(18), /too deep/u, "one list deeper"],
  [nested(50), /too deep/u, "deeper than anything on a chain"],
];
for (const [hex, refusal, why] of vectors)
  test(`${hex.slice(0, 20)} ${refusal === null ? "is read" : "is refused"}: ${why}`, (t) => {
    if (refusal === null) t.is<string, string>(hexOf(encodeRlp(decodeRlp(bytesOf(hex)))), hex);
    else t.throws(() => decodeRlp(bytesOf(hex)), { instanceOf: TypeError, message: refusal });
  });

test("rubbish is refused or is the one form of what it says", (t) => {
  const heads = fc.constantFrom(0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xb9, 0xbf, 0xc0, 0xc1, 0xf7, 0xf8, 0xf9, 0xff);
  const rubbish = fc.array(fc.oneof(heads, fc.integer({ min: 0, max: 255 }), fc.constant(0)), { maxLength: 80 }).map((bytes) => Uint8Array.from(bytes));
  fc.assert(
    fc.property(rubbish, (bytes) => {
      let read: RlpItem;
      try {
        read = decodeRlp(bytes);
      } catch (error) {
        if (error instanceof TypeError) return;
        throw error;
      }
      t.deepEqual(encodeRlp(read), bytes);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test("a changed, shortened or lengthened encoding is never read as the same item", (t) => {
  fc.assert(
    fc.property(item, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.uint8Array({ minLength: 1, maxLength: 4 }), (value, where, flip, tail) => {
      const bytes = encodeRlp(value);
      const at = where % bytes.length;
      const changed = bytes.with(at, (bytes[at] ?? 0) ^ flip);
      t.throws(() => decodeRlp(bytes.subarray(0, at)), { instanceOf: TypeError });
      t.throws(() => decodeRlp(Uint8Array.from([...bytes, ...tail])), { instanceOf: TypeError });
      try {
        t.notDeepEqual(asHex(decodeRlp(changed)), asHex(value));
      } catch (error) {
        t.true(error instanceof TypeError);
      }
    }),
  );
});

test("numbers are written in their shortest form, and nothing else is a number", (t) => {
  t.deepEqual([0, 1, 127, 128, 255, 256, 2n ** 64n].map((one) => hexOf(scalar(one))), ["0x", "0x01", "0x7f", "0x80", "0xff", "0x0100", "0x010000000000000000"]);
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => void t.is(value === 0n ? 0n : BigInt(hexOf(scalar(value))), value)));
  for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53, -1n]) t.throws(() => scalar(wrong), { instanceOf: TypeError });
});
