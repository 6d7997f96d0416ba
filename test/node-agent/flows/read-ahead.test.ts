import { randomBytes } from "node:crypto";
import test from "ava";
import { rawBlock } from "../../../node-agent/src/dag/block.ts";
import { readingAhead } from "../../../node-agent/src/flows/read-ahead.ts";
import type { Block, Blocks } from "../../../node-agent/src/ports/blocks.ts";

const sizeOf = ({ cid, bytes }: Block) => ({ cid, size: bytes.length });

/** A store that counts its questions; `lost` are not in it. */
function counting(all: readonly Block[], lost: ReadonlySet<Block> = new Set()) {
  const asked = { together: 0, alone: 0 };
  const here = new Map(all.filter((one) => !lost.has(one)).map(({ cid, bytes }) => [cid.toString(), bytes]));
  const blocks = {
    async leaves(leaves) {
      asked.together++;
      return leaves.map(({ cid }) => here.get(cid.toString()) ?? null);
    },
    async get(cid) {
      asked.alone++;
      return here.get(cid.toString()) ?? null;
    },
  } as Partial<Blocks> as Blocks;
  return { asked, blocks };
}

test("small files read in order come many at a time, each once; large and lost ones are asked for by themselves", async (t) => {
  const small = Array.from({ length: 300 }, () => rawBlock(randomBytes(1000)));
  const large = rawBlock(randomBytes(200_000));
  const lost = small[70];
  if (lost === undefined) return t.fail();
  const all = [...small.slice(0, 100), large, ...small.slice(100)];
  const { asked, blocks } = counting(all, new Set([lost]));
  const get = readingAhead(blocks, all.map(sizeOf), (cid) => blocks.get(cid));
  for (const one of all) t.is(await get(one.cid), one === lost ? null : one.bytes);
  t.deepEqual(asked, { together: 5, alone: 2 });
});

test("whatever the order, every block is given; a store that fails at many is asked for each", async (t) => {
  const all = Array.from({ length: 200 }, () => rawBlock(randomBytes(100)));
  const { blocks } = counting(all);
  const order = [...all].reverse();
  const get = readingAhead(blocks, all.map(sizeOf), (cid) => blocks.get(cid));
  for (const one of [...order, ...all, ...all]) t.is(await get(one.cid), one.bytes);
  const failing = readingAhead({ ...blocks, leaves: () => Promise.reject(new Error("Kubo is gone")) }, all.map(sizeOf), (cid) => blocks.get(cid));
  for (const one of all) t.is(await failing(one.cid), one.bytes);
});

test("several readers at once get each its block", async (t) => {
  const all = Array.from({ length: 500 }, () => rawBlock(randomBytes(100)));
  const { blocks } = counting(all);
  const get = readingAhead(blocks, all.map(sizeOf), (cid) => blocks.get(cid));
  const found = await Promise.all(all.map(({ cid }) => get(cid)));
  t.deepEqual(found, all.map(({ bytes }) => bytes));
});
