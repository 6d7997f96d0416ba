import { Readable } from "node:stream";
import { randomBytes } from "node:crypto";
import { CarReader, CarWriter } from "@ipld/car";
import test from "ava";
import fc from "fast-check";
import { rawBlock } from "../../../node-agent/src/dag/block.ts";
import { buildFileOf, leafBytes } from "../../../node-agent/src/dag/build-file.ts";
import { readCar, writeCar } from "../../../node-agent/src/dag/car.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import type { Block } from "../../../node-agent/src/ports/blocks.ts";
import { joined, pieces, reusing } from "../envelope/bytes.ts";

const file = buildFileOf(randomBytes(2 * leafBytes + 9));
const blocks: Block[] = [...file.blocks, rawBlock(new Uint8Array(0)), rawBlock(Buffer.from("x"))];
const car = await joined(writeCar([file.cid], blocks));

async function all(source: AsyncIterable<Uint8Array>): Promise<Block[]> {
  const out: Block[] = [];
  for await (const block of (await readCar(source)).blocks) out.push(block);
  return out;
}
const same = (one: readonly Block[], two: readonly Block[]): boolean =>
  one.length === two.length && one.every((block, i) => block.cid.toString() === two[i]?.cid.toString() && Buffer.compare(block.bytes, two[i].bytes) === 0);

test("the reference library reads ours, and we read its", async (t) => {
  const reader = await CarReader.fromBytes(car);
  t.deepEqual((await reader.getRoots()).map(String), [file.cid.toString()]);
  const read: Block[] = [];
  for await (const block of reader.blocks()) read.push(block);
  t.true(same(read, blocks));
  const { writer, out } = CarWriter.create([file.cid, rawBlock(Buffer.from("x")).cid]);
  const writing = (async () => {
    for (const block of blocks) await writer.put({ ...block, bytes: Uint8Array.from(block.bytes) });
    await writer.close();
  })();
  const theirs = await joined(out);
  await writing;
  const mine = await readCar(pieces(theirs, 50_000));
  t.is(mine.roots.length, 2);
  const back: Block[] = [];
  for await (const block of mine.blocks) back.push(block);
  t.true(same(back, blocks));
});

test("no roots, 23 roots and byte by byte", async (t) => {
  for (const count of [0, 23]) {
    const roots = Array.from({ length: count }, (_, i) => rawBlock(Buffer.from([i])).cid);
    const bytes = await joined(writeCar(roots, blocks.slice(-2)));
    t.is((await (await CarReader.fromBytes(bytes)).getRoots()).length, count);
    t.is((await readCar(pieces(bytes, 1))).roots.length, count);
    t.is((await all(reusing(bytes, 1))).length, 2);
  }
  await t.throwsAsync(joined(writeCar(Array.from({ length: 24 }, () => file.cid), [])), { code: "CAR_MALFORMED" });
});

test("cut anywhere: refused, except between sections where a CAR may end", async (t) => {
  const ends = new Set<number>();
  let at = (await joined(writeCar([file.cid], []))).length;
  ends.add(at);
  for (const block of blocks) {
    at += (await joined(writeCar([file.cid], [block]))).length - (await joined(writeCar([file.cid], []))).length;
    ends.add(at);
  }
  for (const cut of [...ends].flatMap((end) => [end - 1, end, end + 1, end + 20]).filter((cut) => cut <= car.length)) {
    const part = car.subarray(0, cut);
    if (ends.has(cut)) t.true((await all(pieces(part, 99_999))).length <= blocks.length);
    else await t.throwsAsync(all(pieces(part, 99_999)), { code: "CAR_MALFORMED" }, `cut at ${cut}`);
  }
});

test("a changed block is refused by name; an enormous one before it is read", async (t) => {
  const bad = Buffer.from(car);
  bad[leafBytes] = (bad[leafBytes] ?? 0) ^ 1;
  await t.throwsAsync(all(pieces(bad, 10_000)), { code: "BLOCK_MISMATCH" });
  const header = await joined(writeCar([], []));
  let asked = 0;
  const endless = (async function* () {
    yield Buffer.concat([header, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f])]);
    for (;;) {
      asked++;
      yield Buffer.alloc(65_536);
    }
  })();
  await t.throwsAsync(all(endless), { code: "BLOCK_TOO_LARGE" });
  t.true(asked < 3);
});

test("noise is refused with a code", async (t) => {
  const header = await joined(writeCar([], []));
  const noise = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1, maxLength: 200 }).map((tail) => Buffer.concat([header, tail])));
  await fc.assert(
    fc.asyncProperty(noise, async (bytes) => {
      const outcome = await all(pieces(bytes, 7)).catch((error: unknown) => error);
      t.true(outcome instanceof Fault, Buffer.from(bytes).toString("hex"));
    }),
    { numRuns: 500 },
  );
});

test("whoever keeps the CID of a block that was read does not keep the block", async (t) => {
  const one = rawBlock(randomBytes(50_000));
  const parts: Uint8Array[] = [];
  for await (const part of writeCar([one.cid], [one])) parts.push(part);
  const { blocks } = await readCar(Readable.from([Buffer.concat(parts)]));
  for await (const { cid, bytes } of blocks) {
    t.true(cid.equals(one.cid));
    for (const held of [cid.bytes, cid.multihash.bytes, cid.multihash.digest]) t.not(held.buffer, bytes.buffer);
  }
});
