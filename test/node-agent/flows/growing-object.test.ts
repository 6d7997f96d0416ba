import { randomBytes } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { buildFileOf } from "../../../node-agent/src/dag/build-file.ts";
import { catFile } from "../../../node-agent/src/dag/read-file.ts";
import { openBuffer } from "../../../node-agent/src/envelope/open-buffer.ts";
import { rangeReader } from "../../../node-agent/src/envelope/open-range.ts";
import { newSessionKey } from "../../../node-agent/src/envelope/session-key.ts";
import { sealedSize } from "../../../node-agent/src/envelope/layout.ts";
import { GrowingObject } from "../../../node-agent/src/flows/growing-object.ts";
import type { Block } from "../../../node-agent/src/ports/blocks.ts";
import { collect } from "./support/studies.ts";

const chunk = 262_144;
const leaf = 1_048_576;
/** An envelope that begins with a marker packet (RFC 9580 section 5.8) instead of a wrapped key: the reader passes over it. */
const prefix = Buffer.from([0xca, 0x03, 0x50, 0x47, 0x50]);

async function grow(plain: Buffer, step: number) {
  const sessionKey = newSessionKey();
  const object = new GrowingObject(sessionKey, prefix);
  const blocks: Block[] = [];
  for (let at = 0; at < plain.length; at += step) blocks.push(...object.push(plain.subarray(at, at + step)));
  const made = await object.finish();
  blocks.push(...made.blocks);
  const byCid = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]));
  const sealed = await collect(catFile(made.cid, async (cid) => byCid.get(cid.toString()) ?? null));
  return { sessionKey, made, sealed, blocks };
}

const sizes = [chunk - 12, chunk - 11, chunk, 3 * chunk + 7, leaf - 300, leaf, leaf + 1, 4 * chunk - 12, 4 * chunk, 3 * leaf + 12_345, 9 * leaf];

test("gives an ordinary message of definite length and the UnixFS file of its bytes, whatever the size and the pieces", async (t) => {
  for (const size of sizes) {
    const plain = randomBytes(size);
    const { sessionKey, made, sealed } = await grow(plain, 65_521);
    t.is(sealed.length, prefix.length + sealedSize(size), `${size}: length`);
    t.is(made.objectSize, sealed.length);
    t.is(made.plainSize, size);
    t.true(openBuffer({ sessionKey, sealed }).equals(plain), `${size}: content`);
    t.is(buildFileOf(sealed).cid.toString(), made.cid.toString(), `${size}: root`);
    t.is(buildFileOf(sealed).tsize, made.tsize, `${size}: tsize`);
  }
});

test("any size and any pieces open to the same bytes; random access works", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: chunk - 12, max: 3 * leaf }), fc.integer({ min: 1000, max: 2 * leaf }), fc.double({ min: 0, max: 1, noNaN: true }), async (size, step, where) => {
      const plain = randomBytes(size);
      const { sessionKey, sealed } = await grow(plain, step);
      t.true(openBuffer({ sessionKey, sealed }).equals(plain));
      const reader = await rangeReader({ sessionKey, read: async (offset, length) => sealed.subarray(offset, offset + length) });
      const start = Math.floor(where * (size - 1));
      const end = Math.min(size, start + 5000);
      t.true((await collect(reader.range(start, end))).equals(plain.subarray(start, end)));
    }),
    { numRuns: 15 },
  );
});

test("refuses what is too small to have its lengths filled in later", async (t) => {
  const object = new GrowingObject(newSessionKey(), prefix);
  object.push(Buffer.alloc(1000));
  await t.throwsAsync(object.finish(), { name: "Fault", message: /1000 bytes/u });
});
