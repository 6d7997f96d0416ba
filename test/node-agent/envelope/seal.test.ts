import { randomBytes } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { decrypt, readMessage } from "openpgp";
import { createIdentity } from "../../../node-agent/src/envelope/identity.ts";
import { largestPlain, sealedSize } from "../../../node-agent/src/envelope/layout.ts";
import { open } from "../../../node-agent/src/envelope/open.ts";
import { openBuffer } from "../../../node-agent/src/envelope/open-buffer.ts";
import { seal, sealBuffer } from "../../../node-agent/src/envelope/seal.ts";
import { newSessionKey, wrapSessionKey } from "../../../node-agent/src/envelope/session-key.ts";
import { joined, pieces, reusing } from "./bytes.ts";

const chunk = 262_144;
const head = 12;
/** Around every boundary a chunk can have, with the literal head in the first. */
const edges = [0, 1, 15, 16, 17, chunk - head - 1, chunk - head, chunk - head + 1, chunk, 2 * chunk - head - 1, 2 * chunk - head, 2 * chunk - head + 1, 3 * chunk + 77];
const sessionKey = newSessionKey();
const identity = await createIdentity({ name: "Hospital A" });
const prefix = await wrapSessionKey(sessionKey, identity.certificate);

async function byOpenpgp(message: Uint8Array): Promise<Buffer> {
  const { data } = await decrypt({ message: await readMessage({ binaryMessage: message }), decryptionKeys: identity.privateKey, format: "binary" });
  if (!(data instanceof Uint8Array)) throw new TypeError("not binary");
  return Buffer.from(data);
}

for (const size of edges) {
  test(`${size} bytes: sealed whole and streamed, opened by us and by openpgp`, async (t) => {
    const plain = randomBytes(size);
    const whole = sealBuffer({ sessionKey, prefix, plain });
    const streamed = await joined(seal({ sessionKey, prefix, size, source: pieces(plain, 65_537) }));
    for (const message of [whole, streamed]) {
      t.is(message.length, prefix.length + sealedSize(size));
      t.true(openBuffer({ sessionKey, sealed: message }).equals(plain));
      t.true((await joined(open({ sessionKey, source: pieces(message, message.length) }))).equals(plain));
      t.true((await byOpenpgp(message)).equals(plain));
    }
  });
}

test("any size and any way of cutting source and message: the same bytes come back", async (t) => {
  const sizes = fc.oneof(fc.nat(3 * chunk), fc.constantFrom(...edges));
  const cut = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 2 * chunk }));
  await fc.assert(
    fc.asyncProperty(sizes, cut, cut, async (size, inCut, outCut) => {
      const plain = randomBytes(size);
      const message = await joined(seal({ sessionKey, prefix, size, source: reusing(plain, inCut) }));
      t.is(message.length, prefix.length + sealedSize(size));
      t.true((await joined(open({ sessionKey, source: reusing(message, outCut) }))).equals(plain));
      t.true(openBuffer({ sessionKey, sealed: message }).equals(plain));
    }),
    { numRuns: 60 },
  );
});

test("byte by byte in and out", async (t) => {
  const plain = randomBytes(chunk + 100);
  const message = await joined(seal({ sessionKey, prefix, size: plain.length, source: pieces(plain, 1) }));
  t.true((await joined(open({ sessionKey, source: pieces(message, 1) }))).equals(plain));
});

test("two seals of the same bytes share nothing but their form", (t) => {
  const plain = Buffer.alloc(1000);
  const [one, two] = [sealBuffer({ sessionKey, prefix, plain }), sealBuffer({ sessionKey, prefix, plain })];
  t.true(one.subarray(0, prefix.length + 10).equals(two.subarray(0, prefix.length + 10)));
  t.false(one.subarray(prefix.length + 10).equals(two.subarray(prefix.length + 10)));
  t.false(one.includes(Buffer.alloc(16)));
});

test("a source of another length than declared is refused", async (t) => {
  for (const [size, have] of [[10, 9], [10, 11], [0, 1], [chunk, chunk - 1], [chunk, chunk + 1]] as const) {
    await t.throwsAsync(joined(seal({ sessionKey, prefix, size, source: pieces(Buffer.alloc(have), 4096) })), { code: "ENVELOPE_WRONG_SIZE" }, `${have} for ${size}`);
  }
});

test("objects that five-octet lengths cannot announce are refused before anything is read", async (t) => {
  t.true(sealedSize(largestPlain) - 6 <= 0xffff_ffff);
  t.throws(() => sealedSize(largestPlain + 1), { code: "ENVELOPE_TOO_LARGE" });
  t.throws(() => sealedSize(-1), { code: "ENVELOPE_MALFORMED" });
  t.throws(() => sealedSize(0.5), { code: "ENVELOPE_MALFORMED" });
  let read = false;
  const source = (async function* () {
    read = true;
    yield Buffer.alloc(1);
  })();
  await t.throwsAsync(joined(seal({ sessionKey, prefix, size: 2 ** 32, source })), { code: "ENVELOPE_TOO_LARGE" });
  t.false(read);
});
