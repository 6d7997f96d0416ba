import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { type ExecutionContext } from "ava";
import { damagedBlocks, openBlockFolder } from "../../../node-agent/src/blocks/folder.ts";
import { parseCid, rawBlock, verifyBlock } from "../../../node-agent/src/dag/block.ts";
import type { Block } from "../../../node-agent/src/ports/blocks.ts";
import { skipLoudly } from "../../support/skip.ts";

async function place(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "blocks-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}
const some = (count: number, size = 1000): Block[] => Array.from({ length: count }, () => rawBlock(randomBytes(size)));
const same = (one: Uint8Array | null, two: Uint8Array): boolean => one !== null && Buffer.compare(one, two) === 0;
const fileOf = (root: string, { cid }: Block): string => join(root, Buffer.from(cid.multihash.digest).subarray(-1).toString("hex"), cid.toString());

test("what is put is there, verified, after opening again; absent blocks are null", async (t) => {
  const root = await place(t);
  const store = await openBlockFolder(root);
  const blocks = [...some(300), rawBlock(new Uint8Array(0))];
  await store.putMany(blocks);
  const again = await openBlockFolder(root);
  for (const { cid, bytes } of blocks) {
    t.true(await again.has(cid));
    t.true(same(await again.get(cid), bytes));
  }
  const absent = rawBlock(Buffer.from("never stored"));
  t.is(await again.get(absent.cid), null);
  t.false(await again.has(absent.cid));
  const listed: string[] = [];
  for await (const cid of again.list()) listed.push(cid.toString());
  t.deepEqual(listed.sort(), blocks.map(({ cid }) => cid.toString()).sort());
  t.true((await again.freeBytes()) > 0);
  t.deepEqual(await readdir(join(root, "tmp")), []);
});

test("storing again is free, also while the first is still being written", async (t) => {
  const root = await place(t);
  const store = await openBlockFolder(root);
  const blocks = some(40);
  await Promise.all([store.putMany(blocks), store.putMany(blocks), store.putMany([...blocks].reverse())]);
  const [first] = blocks;
  if (first === undefined) return t.fail();
  const before = await stat(fileOf(root, first));
  await store.putMany(blocks);
  t.is((await stat(fileOf(root, first))).ino, before.ino);
});

test("deleted blocks are gone, others stay, absent ones are ignored", async (t) => {
  const store = await openBlockFolder(await place(t));
  const blocks = some(60);
  await store.putMany(blocks);
  await store.deleteMany([...blocks.slice(0, 30), ...some(5)].map(({ cid }) => cid));
  for (const [i, { cid }] of blocks.entries()) t.is(await store.has(cid), i >= 30);
});

test("a damaged block is never served: set aside, reported, absent, and can be stored again", async (t) => {
  const root = await place(t);
  const reported: string[] = [];
  const store = await openBlockFolder(root, { onDamaged: (cid) => void reported.push(cid.toString()) });
  const [flipped, short, fine] = some(3);
  if (flipped === undefined || short === undefined || fine === undefined) return t.fail();
  await store.putMany([flipped, short, fine]);
  const bytes = await readFile(fileOf(root, flipped));
  bytes[500] = (bytes[500] ?? 0) ^ 1;
  await writeFile(fileOf(root, flipped), bytes);
  await truncate(fileOf(root, short), 10);
  for (const { cid } of [flipped, short]) {
    t.is(await store.get(cid), null);
    t.false(await store.has(cid));
  }
  t.deepEqual(reported, [flipped.cid.toString(), short.cid.toString()]);
  t.is((await damagedBlocks(root)).length, 2);
  await store.putMany([flipped, short]);
  for (const { cid, bytes: good } of [flipped, short, fine]) t.true(same(await store.get(cid), good));
});

test("a block cut short on disk is replaced by the next put without being read first", async (t) => {
  const root = await place(t);
  const store = await openBlockFolder(root);
  const [block] = some(1);
  if (block === undefined) return t.fail();
  await store.putMany([block]);
  await truncate(fileOf(root, block), 3);
  await store.putMany([block]);
  t.true(same(await store.get(block.cid), block.bytes));
});

test("a source that fails stops the batch with its error; what was written is whole", async (t) => {
  const store = await openBlockFolder(await place(t));
  const blocks = some(50);
  const source = (async function* () {
    yield* blocks;
    throw new RangeError("the upload was cut");
  })();
  await t.throwsAsync(store.putMany(source), { instanceOf: RangeError });
  for (const { cid, bytes } of blocks) t.true(same(await store.get(cid), bytes));
});

test("a fast source is held back by the disk", async (t) => {
  const store = await openBlockFolder(await place(t));
  const blocks = some(80, 50_000);
  let most = 0;
  const source = (async function* () {
    for (const [given, block] of blocks.entries()) {
      let present = 0;
      for await (const _cid of store.list()) present++;
      most = Math.max(most, given - present);
      yield block;
    }
  })();
  await store.putMany(source);
  t.true(most <= 17, `${most} blocks were taken and not yet stored`);
});

test("strangers' files in the folder are left alone and not listed", async (t) => {
  const root = await place(t);
  const store = await openBlockFolder(root);
  await writeFile(join(root, "00", "README"), "by a person");
  for await (const cid of store.list()) t.fail(cid.toString());
  await openBlockFolder(root);
  t.is(await readFile(join(root, "00", "README"), "utf8"), "by a person");
});

test("killed at any moment while writing: every acknowledged block is there, none is partial", async (t) => {
  const root = await place(t);
  const script = join(root, "writer.mjs");
  await mkdir(join(root, "store"));
  const source = (path: string): string => JSON.stringify(resolve("node-agent/src", path));
  await writeFile(
    script,
    `import { openBlockFolder } from ${source("blocks/folder.ts")}; import { rawBlock } from ${source("dag/block.ts")}; import { randomBytes } from "node:crypto";
     const store = await openBlockFolder(${JSON.stringify(join(root, "store"))});
     for (;;) { const blocks = Array.from({ length: 20 }, () => rawBlock(randomBytes(60_000))); await store.putMany(blocks); process.stdout.write(blocks.map((b) => b.cid + "\\n").join("")); }`,
  );
  for (const delay of [30, 90, 200, 310]) {
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (part: Buffer) => {
      text += part.toString();
    });
    await once(child.stdout, "data");
    await new Promise((done) => setTimeout(done, delay));
    child.kill("SIGKILL");
    await once(child, "close");
    const acknowledged = text.split("\n").slice(0, -1);
    t.true(acknowledged.length >= 1);
    const store = await openBlockFolder(join(root, "store"));
    for (const name of acknowledged) t.not(await store.get(parseCid(name)), null, `${name} was acknowledged`);
    for await (const cid of store.list()) verifyBlock(cid, (await store.get(cid)) ?? new Uint8Array(0));
    t.deepEqual(await damagedBlocks(join(root, "store")), []);
  }
});

test("a full disk is a fault with what to do; the batch can be tried again; nothing partial stays", async (t) => {
  const root = await place(t);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "none", root]);
  if (mounted.status !== 0) return skipLoudly(t, "no right to mount a small file system for the full-disk test");
  t.teardown(() => void spawnSync("umount", [root]));
  try {
    const store = await openBlockFolder(root);
    const blocks = some(8, 1_000_000);
    const error = await t.throwsAsync(store.putMany(blocks), { code: "BLOCKS_DISK_FULL" });
    t.regex(error?.message ?? "", /no room/u);
    t.deepEqual(await readdir(join(root, "tmp")), []);
    const held: Block[] = [];
    for (const block of blocks) if (await store.has(block.cid)) held.push(block);
    t.true(held.length < 8);
    for (const { cid, bytes } of held) t.true(same(await store.get(cid), bytes));
    await store.deleteMany(held.map(({ cid }) => cid));
    await store.putMany(blocks.slice(0, 3));
    t.pass();
  } finally {
    spawnSync("umount", [root]);
  }
});
