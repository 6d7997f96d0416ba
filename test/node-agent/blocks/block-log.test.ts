import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { openBlockFolder } from "../../../node-agent/src/blocks/folder.ts";
import { openBlockLog } from "../../../node-agent/src/blocks/segments/block-log.ts";
import { headBytes, readHead, recordHead } from "../../../node-agent/src/blocks/segments/record.ts";
import { openBlockStore } from "../../../node-agent/src/blocks/store.ts";
import { parseCid, rawBlock, verifyBlock } from "../../../node-agent/src/dag/block.ts";
import type { Block, Blocks } from "../../../node-agent/src/ports/blocks.ts";
import { skipLoudly } from "../../support/skip.ts";

async function place(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "block-log-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}
const some = (count: number, size = 1000): Block[] => Array.from({ length: count }, () => rawBlock(randomBytes(size)));
const same = (one: Uint8Array | null, two: Uint8Array): boolean => one !== null && Buffer.compare(one, two) === 0;
const segments = async (dir: string): Promise<string[]> => (await readdir(dir)).filter((name) => name.endsWith(".seg"));
async function listed(store: Blocks): Promise<string[]> {
  const cids: string[] = [];
  for await (const cid of store.list()) cids.push(cid.toString());
  return cids.sort();
}
const names = (blocks: readonly Block[]): string[] => blocks.map(({ cid }) => cid.toString()).sort();

test("what is put is there, verified, after opening again, also with the index lost or damaged", async (t) => {
  const dir = await place(t);
  const store = await openBlockLog(dir);
  const blocks = [...some(300), rawBlock(new Uint8Array(0)), ...some(3, 1_048_576)];
  await store.putMany(blocks);
  await store.deleteMany(blocks.slice(0, 20).map(({ cid }) => cid));
  await store.close();
  const left = blocks.slice(20);
  const lose: (() => Promise<void>)[] = [
    async () => {},
    () => rm(join(dir, "index.sqlite")),
    () => writeFile(join(dir, "index.sqlite"), randomBytes(20_000)),
  ];
  for (const damage of lose) {
    await damage();
    const again = await openBlockLog(dir);
    t.deepEqual(await listed(again), names(left));
    for (const { cid, bytes } of left) t.true(same(await again.get(cid), bytes) && same(await again.raw(cid), bytes));
    t.is(await again.get(blocks[3]?.cid ?? left[0]?.cid ?? (null as never)), null);
    await again.close();
  }
  t.is((await segments(dir)).length, 1, "many blocks, one file");
});

test("storing again is free, also while the first is still being written", async (t) => {
  const dir = await place(t);
  const store = await openBlockLog(dir);
  const blocks = some(40);
  await Promise.all([store.putMany(blocks), store.putMany(blocks), store.putMany([...blocks].reverse())]);
  const { size } = await stat(join(dir, "00000001.seg"));
  t.is(size, blocks.reduce((sum, { bytes }) => sum + headBytes + bytes.length, 0));
  await store.putMany(blocks);
  t.is((await stat(join(dir, "00000001.seg"))).size, size);
  await store.close();
});

test("deleted blocks are gone from the disk as well: overwritten, gathered up, or with their file", async (t) => {
  const dir = await place(t);
  const store = await openBlockLog(dir);
  const blocks = some(60);
  await store.putMany(blocks);
  const holds = async ({ bytes }: Block): Promise<boolean> => {
    for (const name of await segments(dir)) if ((await readFile(join(dir, name))).includes(Buffer.from(bytes))) return true;
    return false;
  };
  const [first] = blocks;
  if (first === undefined) return t.fail();
  t.true(await holds(first));
  await store.deleteMany([first.cid, ...some(5).map(({ cid }) => cid)]);
  t.false(await holds(first), "alone in a file that stays");
  await store.deleteMany(blocks.slice(0, 40).map(({ cid }) => cid));
  for (const [at, block] of blocks.entries()) {
    t.is(await store.has(block.cid), at >= 40);
    t.is(await holds(block), at >= 40);
  }
  t.true(same(await store.get(blocks[50]?.cid ?? first.cid), blocks[50]?.bytes ?? first.bytes));
  await store.deleteMany(blocks.map(({ cid }) => cid));
  t.deepEqual(await segments(dir), []);
  t.is(await store.usedBytes(), 0);
  await store.putMany(blocks);
  t.deepEqual(await listed(store), names(blocks));
  await store.close();
});

test("segments are closed when they are large, and given back when most of one is dead", async (t) => {
  const dir = await place(t);
  const store = await openBlockLog(dir);
  const blocks = some(150, 1_000_000);
  await store.putMany(blocks);
  t.is((await segments(dir)).length, 3);
  const gone = blocks.filter((_block, at) => at % 3 !== 0);
  await store.deleteMany(gone.map(({ cid }) => cid));
  const kept = blocks.filter((_block, at) => at % 3 === 0);
  for (const { cid, bytes } of kept) t.true(same(await store.get(cid), bytes));
  t.deepEqual(await listed(store), names(kept));
  let bytes = 0;
  for (const name of await segments(dir)) bytes += (await stat(join(dir, name))).size;
  t.true(bytes <= 80_000_000, `${bytes} bytes for 50 MB`);
  await store.close();
  const again = await openBlockLog(dir);
  t.deepEqual(await listed(again), names(kept));
  await again.close();
});

test("reads go on while segments are gathered up", async (t) => {
  const store = await openBlockLog(await place(t));
  const [kept, gone] = [some(200, 20_000), some(600, 20_000)];
  const mixed = kept.flatMap((block, at) => [block, ...gone.slice(at * 3, at * 3 + 3)]);
  await store.putMany(mixed);
  let going = true;
  const reader = async (): Promise<number> => {
    let reads = 0;
    while (going) {
      const block = kept[reads++ % kept.length];
      if (block !== undefined) t.true(same(await store.get(block.cid), block.bytes));
    }
    return reads;
  };
  const readers = [reader(), reader(), reader()];
  for (let at = 0; at < gone.length; at += 50) await store.deleteMany(gone.slice(at, at + 50).map(({ cid }) => cid));
  going = false;
  t.true((await Promise.all(readers)).every((reads) => reads > 0));
  await store.close();
});

test("a damaged block is never served: set aside, reported, absent, and can be stored again", async (t) => {
  const dir = await place(t);
  const reported: string[] = [];
  const store = await openBlockLog(dir, { onDamaged: (cid) => void reported.push(cid.toString()) });
  const [flipped, fine] = some(2);
  if (flipped === undefined || fine === undefined) return t.fail();
  await store.putMany([flipped, fine]);
  const file = await open(join(dir, "00000001.seg"), "r+");
  await file.write(Buffer.of((flipped.bytes[500] ?? 0) ^ 1), 0, 1, headBytes + 500);
  await file.close();
  t.is(await store.get(flipped.cid), null);
  t.false(await store.has(flipped.cid));
  t.deepEqual(reported, [flipped.cid.toString()]);
  t.deepEqual(await readdir(join(dir, "damaged")), [flipped.cid.toString()]);
  await store.putMany([flipped]);
  for (const { cid, bytes } of [flipped, fine]) t.true(same(await store.get(cid), bytes));
  await store.close();
});

test("what a cut write left at the end is no block, wherever it was cut", async (t) => {
  const dir = await place(t);
  const blocks = some(5, 300);
  const extra = rawBlock(randomBytes(300));
  const record = Buffer.concat([recordHead(extra.cid.bytes, 300), extra.bytes]);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: record.length }), fc.boolean(), async (cut, loseIndex) => {
      const here = join(dir, String(Math.random()));
      const store = await openBlockLog(here);
      await store.putMany(blocks);
      await store.close();
      const torn = Buffer.from(record.subarray(0, cut));
      // The file system may have given room without content: zeros where the bytes should be.
      await appendFile(join(here, "00000001.seg"), cut > headBytes ? Buffer.concat([torn.subarray(0, headBytes), Buffer.alloc(cut - headBytes)]) : torn);
      if (loseIndex) await rm(join(here, "index.sqlite"));
      const again = await openBlockLog(here);
      t.deepEqual(await listed(again), names(blocks));
      await again.putMany([extra]);
      await again.close();
      const third = await openBlockLog(here);
      t.deepEqual(await listed(third), names([...blocks, extra]));
      t.true(same(await third.get(extra.cid), extra.bytes));
      await third.close();
    }),
    { numRuns: 25 },
  );
});

test("a source that fails stops the batch with its error; what was written is whole", async (t) => {
  const store = await openBlockLog(await place(t));
  const blocks = some(50);
  const source = (async function* () {
    yield* blocks;
    throw new RangeError("the upload was cut");
  })();
  await t.throwsAsync(store.putMany(source), { instanceOf: RangeError });
  for (const { cid, bytes } of blocks) t.true(same(await store.get(cid), bytes));
  await store.close();
});

test("a fast source is held back by the disk", async (t) => {
  const store = await openBlockLog(await place(t));
  let most = 0;
  let given = 0;
  const source = (async function* () {
    for (const block of some(200, 50_000)) {
      most = Math.max(most, given - (await listed(store)).length);
      given++;
      yield block;
    }
  })();
  await store.putMany(source);
  t.true(most <= 64, `${most} blocks were taken and not yet stored`);
  await store.close();
});

test("one process at a time", async (t) => {
  const dir = await place(t);
  const store = await openBlockLog(dir);
  await t.throwsAsync(openBlockLog(dir), { code: "DATABASE_IN_USE" });
  await store.close();
  await (await openBlockLog(dir)).close();
});

test("heads that are none, or of a size no block has, are not read as heads", (t) => {
  const { cid } = rawBlock(Buffer.from("x"));
  const head = recordHead(cid.bytes, 1000);
  t.like(readHead(head), { length: 1000, live: true });
  t.is(readHead(head.subarray(0, 51)), null);
  for (let at = 0; at < headBytes; at++) {
    const changed = Buffer.from(head);
    changed[at] = (changed[at] ?? 0) ^ 0x41;
    const read = readHead(changed);
    // The state byte and the three behind it are outside of the sum: the state is changed in place.
    t.is(read === null, at < 4 || at > 7, `octet ${at}`);
    if (at === 4) t.false(read?.live ?? true);
  }
  t.is(readHead(recordHead(cid.bytes, 3_000_000)), null);
});

test("killed at any moment while writing and deleting: every acknowledged block is there, none is partial, none comes back", async (t) => {
  const root = await place(t);
  const script = join(root, "writer.mjs");
  await mkdir(join(root, "store"));
  const source = (path: string): string => JSON.stringify(resolve("node-agent/src", path));
  await writeFile(
    script,
    `import { openBlockStore } from ${source("blocks/store.ts")}; import { rawBlock } from ${source("dag/block.ts")}; import { randomBytes } from "node:crypto"; import { writeSync } from "node:fs";
     const store = await openBlockStore(${JSON.stringify(join(root, "store"))}); const held = [];
     for (;;) { const blocks = Array.from({ length: 20 }, () => rawBlock(randomBytes(60_000))); await store.putMany(blocks); held.push(blocks);
       writeSync(1, blocks.map((b) => "+" + b.cid + "\\n").join(""));
       if (held.length > 6) { const gone = held.shift(); writeSync(1, gone.map((b) => "?" + b.cid + "\\n").join("")); await store.deleteMany(gone.map((b) => b.cid)); writeSync(1, gone.map((b) => "-" + b.cid + "\\n").join("")); } }`,
  );
  const state = new Map<string, string>();
  for (const delay of [30, 90, 200, 310, 500]) {
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (part: Buffer) => {
      text += part.toString();
    });
    await once(child.stdout, "data");
    await new Promise((done) => setTimeout(done, delay));
    child.kill("SIGKILL");
    await once(child, "close");
    for (const line of text.split("\n").slice(0, -1)) state.set(line.slice(1), line[0] ?? "");
    const store = await openBlockStore(join(root, "store"));
    for (const [name, said] of state) {
      const cid = parseCid(name);
      if (said === "+") t.not(await store.get(cid), null, `${name} was acknowledged`);
      if (said === "-") t.false(await store.has(cid), `${name} was deleted`);
    }
    for await (const cid of store.list()) verifyBlock(cid, (await store.get(cid)) ?? new Uint8Array(0));
    t.deepEqual(await readdir(join(root, "store", "segments", "damaged")), []);
    await store.close();
  }
});

test("a folder of an earlier version is served on, and new blocks go to the log", async (t) => {
  const root = await place(t);
  const [before, fresh] = [some(10), some(10)];
  await (await openBlockFolder(root)).putMany(before);
  const store = await openBlockStore(root);
  await store.putMany([...before, ...fresh]);
  t.deepEqual(await listed(store), names([...before, ...fresh]));
  for (const { cid, bytes } of [...before, ...fresh]) t.true(same(await store.get(cid), bytes) && same(await store.raw(cid), bytes));
  t.is((await stat(join(root, "segments", "00000001.seg"))).size, 10 * (1000 + headBytes), "what is there is not written again");
  await store.deleteMany([before[0], fresh[0]].flatMap((block) => (block === undefined ? [] : [block.cid])));
  t.deepEqual(await listed(store), names([...before.slice(1), ...fresh.slice(1)]));
  await store.close();
  const again = await openBlockStore(root);
  t.is((await listed(again)).length, 18);
  await again.close();
});

test("a full disk is a fault with what to do; the batch can be tried again; nothing partial stays", async (t) => {
  const root = await place(t);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "none", root]);
  if (mounted.status !== 0) return skipLoudly(t, "no right to mount a small file system for the full-disk test");
  t.teardown(() => void spawnSync("umount", [root]));
  const store = await openBlockLog(root);
  const blocks = some(12, 1_000_000);
  const error = await t.throwsAsync(store.putMany(blocks), { code: "BLOCKS_DISK_FULL" });
  t.regex(error?.message ?? "", /no room/u);
  const held: Block[] = [];
  for (const block of blocks) if (await store.has(block.cid)) held.push(block);
  t.true(held.length < 12);
  for (const { cid, bytes } of held) t.true(same(await store.get(cid), bytes));
  await store.deleteMany(held.map(({ cid }) => cid));
  await store.putMany(blocks.slice(0, 3));
  for (const { cid, bytes } of blocks.slice(0, 3)) t.true(same(await store.get(cid), bytes));
  await store.close();
  spawnSync("umount", [root]);
});
