import fc from "fast-check";
import test from "ava";
import { toRlp } from "viem";
import { fromHex, toHex } from "../../network/hex.ts";
import { decodeRlp, encodeRlp, type RlpItem } from "../../network/rlp.ts";

const { item } = fc.letrec<{ readonly item: RlpItem }>((tie) => ({
  item: fc.oneof({ depthSize: "small" }, fc.uint8Array({ maxLength: 300 }), fc.array(tie("item"), { maxLength: 6 })),
}));
type Nested = `0x${string}` | Nested[];
const asHex = (value: RlpItem): Nested => (value instanceof Uint8Array ? toHex(value) : value.map(asHex));

test("encodes as another library does, and back", (t) => {
  fc.assert(
    fc.property(item, (value) => {
      const bytes = encodeRlp(value);
      t.is(toHex(bytes), toRlp(asHex(value) as `0x${string}`));
      t.deepEqual(asHex(decodeRlp(bytes)), asHex(value));
    }),
  );
});

for (const [what, hex] of [
  ["nothing", "0x"],
  ["a length past the end", "0x83aabb"],
  ["rest bytes", "0x80ff"],
  ["one small byte with a head", "0x8101"],
  ["a short length in long form", "0xb801aa"],
  ["a length with leading zeros", `0xb90038${"aa".repeat(56)}`],
  ["an item that reaches past its list", "0xc183aabb"],
] as const)
  test(`refuses ${what}`, (t) => {
    t.throws(() => decodeRlp(fromHex(hex)), { instanceOf: TypeError });
  });
