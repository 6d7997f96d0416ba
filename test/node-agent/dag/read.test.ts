import { randomBytes } from "node:crypto";
import { encode, prepare } from "@ipld/dag-pb";
import test from "ava";
import fc from "fast-check";
import { CID } from "multiformats/cid";
import { identity } from "multiformats/hashes/identity";
import { checkCid, cidOfRoot, digestOfCid, nodeBlock, parseCid, rawBlock, verifyBlock } from "../../../node-agent/src/dag/block.ts";
import { buildTree } from "../../../node-agent/src/dag/build-directory.ts";
import { buildFileOf, leafBytes } from "../../../node-agent/src/dag/build-file.ts";
import { readDirectory, resolve } from "../../../node-agent/src/dag/read-directory.ts";
import { catFile, catRange, fileReader, fileSize } from "../../../node-agent/src/dag/read-file.ts";
import { directoryData, fileData, readUnixFsData, shardData } from "../../../node-agent/src/dag/unixfs-data.ts";
import { blocksBelow, walk } from "../../../node-agent/src/dag/walk.ts";
import { joined } from "../envelope/bytes.ts";
import { memory } from "./memory.ts";

const bytes = randomBytes(5 * leafBytes + 321);
const store = memory();
const file = buildFileOf(bytes);
for (const block of file.blocks) store.put(block);

test("any range of a file, reading only the blocks that hold it", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length), fc.nat(bytes.length), async (one, two) => {
      const [start, end] = [Math.min(one, two), Math.max(one, two)];
      t.true((await joined(catRange(file.cid, { start, end }, store.get))).equals(bytes.subarray(start, end)));
    }),
    { numRuns: 60 },
  );
  const asked: string[] = [];
  const counting = (cid: CID): Promise<Uint8Array | null> => {
    asked.push(cid.toString());
    return store.get(cid);
  };
  await joined(catRange(file.cid, { start: 3 * leafBytes + 1, end: 3 * leafBytes + 2 }, counting));
  t.is(new Set(asked).size, 2, "the root and one leaf");
  for (const range of [{ start: 0, end: bytes.length + 1 }, { start: -1, end: 0 }, { start: 2, end: 1 }, { start: 0.5, end: 1 }]) {
    await t.throwsAsync(joined(catRange(file.cid, range, store.get)), { code: "DAG_RANGE" });
  }
});

test("a missing block is named; what came before it was right", async (t) => {
  const holed = memory();
  for (const block of file.blocks) holed.put(block);
  const third = file.blocks[2];
  if (third === undefined) return t.fail();
  holed.drop(third.cid);
  const got: Uint8Array[] = [];
  const error = await t.throwsAsync(async () => {
    for await (const part of catFile(file.cid, holed.get)) got.push(part);
  }, { code: "BLOCK_MISSING" });
  t.true(error?.message.includes(third.cid.toString()));
  t.true(Buffer.concat(got).equals(bytes.subarray(0, 2 * leafBytes)));
  await t.throwsAsync(joined(blocksAsBytes(file.cid, holed)), { code: "BLOCK_MISSING" });
});

async function* blocksAsBytes(root: CID, from: ReturnType<typeof memory>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const block of blocksBelow(root, from.get)) yield block.bytes;
}

test("blocksBelow gives each block once, parents first, and walk the same CIDs", async (t) => {
  const leaf = rawBlock(Buffer.from("shared"));
  const here = memory();
  for (const block of [...file.blocks, leaf]) here.put(block);
  const root = await buildTree(
    [{ path: "manifest.pgp", cid: leaf.cid, tsize: 6 }, { path: "instances/1.pgp", cid: leaf.cid, tsize: 6 }, { path: "instances/2.pgp", cid: file.cid, tsize: file.tsize }],
    here.put,
  );
  const order: string[] = [];
  for await (const { cid, bytes: content } of blocksBelow(root.cid, here.get)) {
    verifyBlock(cid, content);
    order.push(cid.toString());
  }
  const walked: string[] = [];
  for await (const cid of walk(root.cid, here.get)) walked.push(cid.toString());
  t.deepEqual(order, walked);
  t.is(new Set(order).size, order.length);
  t.is(order.length, here.size());
  t.is(order[0], root.cid.toString());
});

test("CIDs: root digests there and back; other kinds refused; other bytes refused", (t) => {
  const block = nodeBlock(encode(prepare({ Data: directoryData(), Links: [] })));
  t.is(block.cid.toString(), "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354", "the empty directory everyone knows");
  t.is(rawBlock(new Uint8Array(0)).cid.toString(), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "the empty leaf everyone knows");
  t.true(cidOfRoot(digestOfCid(block.cid)).equals(block.cid));
  t.true(parseCid(block.cid.toString()).equals(block.cid));
  t.throws(() => verifyBlock(block.cid, Buffer.concat([block.bytes, Buffer.from([0])])), { code: "BLOCK_MISMATCH" });
  t.throws(() => parseCid("not a cid"), { code: "BLOCK_UNSUPPORTED" });
  t.throws(() => parseCid("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"), { code: "BLOCK_UNSUPPORTED" });
  t.throws(() => checkCid(CID.createV1(0x55, identity.digest(Buffer.from("inline")))), { code: "BLOCK_UNSUPPORTED" });
  t.throws(() => checkCid(CID.createV1(0x71, block.cid.multihash)), { code: "BLOCK_UNSUPPORTED" });
});

test("UnixFS data: every size up to 2^53 survives, in field order as protobuf wants", (t) => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat().map((n) => Math.floor(n / 64)), { maxLength: 40 }), (sizes) => {
      const back = readUnixFsData(fileData(sizes));
      t.deepEqual(back.blockSizes, sizes);
      t.is(back.fileSize, sizes.reduce((sum, size) => sum + size, 0));
      t.is(back.kind, "file");
    }),
  );
  t.is(Buffer.from(fileData([2 ** 31, 2 ** 32 - 1])).toString("hex"), "080218ffffffff17208080808008" + "20ffffffff0f");
  const shard = readUnixFsData(shardData(Uint8Array.from([1, 2]), 0x22, 256));
  t.like(shard, { kind: "shard", hashType: 0x22, fanout: 256 });
});

test("UnixFS data: noise is a RangeError or sound, never anything else", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      try {
        readUnixFsData(noise);
      } catch (error) {
        t.true(error instanceof RangeError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("nodes that lie are refused", async (t) => {
  const here = memory();
  const leaf = rawBlock(Buffer.from("12345"));
  here.put(leaf);
  const node = (data: Uint8Array, links: { Name: string; Hash: CID; Tsize: number }[]): CID => {
    const block = nodeBlock(encode(prepare({ Data: data, Links: links })));
    here.put(block);
    return block.cid;
  };
  const link = (cid: CID, name = ""): { Name: string; Hash: CID; Tsize: number } => ({ Name: name, Hash: cid, Tsize: 5 });
  const refused = async (cid: CID, what: string): Promise<void> => {
    await t.throwsAsync(joined(catFile(cid, here.get)), { code: "DAG_MALFORMED" }, what);
  };
  await refused(node(fileData([6]), [link(leaf.cid)]), "a leaf of another size");
  await refused(node(fileData([5, 5]), [link(leaf.cid)]), "more sizes than links");
  await refused(node(fileData([10]), [link(node(fileData([5]), [link(leaf.cid)]))]), "a child of another size");
  await refused(node(Uint8Array.from([8, 2, 0x18, 9, 0x20, 5]), [link(leaf.cid)]), "a total that does not add up");
  await refused(node(Uint8Array.from([8, 4]), []), "a symbolic link");
  await refused(node(Uint8Array.from([0xff]), []), "no UnixFS at all");
  await refused(node(directoryData(), [link(leaf.cid, "a")]), "a directory read as a file");
  let deep = node(fileData([5]), [link(leaf.cid)]);
  for (let i = 0; i < 10; i++) deep = node(fileData([5]), [link(deep)]);
  await refused(deep, "too deep");
  const directory = async (cid: CID): Promise<void> => {
    for await (const _entry of readDirectory(cid, here.get));
  };
  await t.throwsAsync(directory(leaf.cid), { code: "DAG_MALFORMED" });
  await t.throwsAsync(directory(node(fileData([5]), [link(leaf.cid)])), { code: "DAG_MALFORMED" });
  await t.throwsAsync(directory(node(shardData(Uint8Array.from([1]), 0x22, 16), [])), { code: "DAG_MALFORMED" });
  await t.throwsAsync(directory(node(shardData(Uint8Array.from([1]), 0x22, 256), [link(leaf.cid, "0")])), { code: "DAG_MALFORMED" });
  await t.throwsAsync(directory(node(shardData(Uint8Array.from([1]), 0x22, 256), [link(node(directoryData(), []), "00")])), { code: "DAG_MALFORMED" });
  let nested = node(shardData(Uint8Array.from([1]), 0x22, 256), []);
  for (let i = 0; i < 30; i++) nested = node(shardData(Uint8Array.from([1]), 0x22, 256), [link(nested, "00")]);
  await t.throwsAsync(directory(nested), { code: "DAG_MALFORMED" });
  await t.throwsAsync(async () => {
    for await (const _cid of walk(nested, here.get));
  }, { code: "DAG_MALFORMED" });
  await t.throwsAsync(resolve(leaf.cid, "a", here.get), { code: "DAG_MALFORMED" });
  await t.throwsAsync(fileSize(node(directoryData(), []), here.get), { code: "DAG_MALFORMED" });
});

test("a file reader gives what is asked, short only at the end, and reads a leaf once for neighbours", async (t) => {
  let asked = 0;
  const reader = await fileReader(file.cid, (cid) => {
    asked++;
    return store.get(cid);
  });
  t.is(reader.size, bytes.length);
  for (let at = 0; at < bytes.length; at += 262_160) t.true((await reader.read(at, 262_160)).equals(bytes.subarray(at, at + 262_160)), `at ${at}`);
  t.is(asked, 1 + 6, "the root and each leaf once");
  t.is((await reader.read(bytes.length, 10)).length, 0);
  t.is((await reader.read(bytes.length + 5, 10)).length, 0);
  t.is((await reader.read(bytes.length - 3, 10)).length, 3);
});
