import { randomBytes } from "node:crypto";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { CID } from "multiformats/cid";
import { findIpfsPrograms } from "../../../../network/ipfs/find-engine.ts";
import { openBlockFolder } from "../../../../node-agent/src/blocks/folder.ts";
import { layerBlocks } from "../../../../node-agent/src/blocks/ipfs/layered.ts";
import { openPinning } from "../../../../node-agent/src/blocks/ipfs/pinning.ts";
import { isRaw } from "../../../../node-agent/src/dag/block.ts";
import { buildTree } from "../../../../node-agent/src/dag/build-directory.ts";
import { buildFileOf } from "../../../../node-agent/src/dag/build-file.ts";
import { createLog } from "../../../../node-agent/src/ops/log.ts";
import type { Block } from "../../../../node-agent/src/ports/blocks.ts";
import { eventually } from "../../../../scripts/journey/expect.ts";
import { foundSwarm, type Member } from "../../../network/ipfs/support/swarm.ts";
import { skipLoudly } from "../../../support/skip.ts";

const programs = findIpfsPrograms();
const missing = "Kubo and IPFS Cluster are not built (npm run engines)";
const soon = (): AbortSignal => AbortSignal.timeout(120_000);

const pinningOf = ({ rpcUrl, restUrl, seat }: Member) =>
  openPinning({ kuboUrl: rpcUrl, clusterUrl: restUrl, user: seat.restUser, password: seat.restPassword, now: Date.now });

/** As a reader that meets a block it has not: the stream ends by an error. */
async function* broken(blocks: readonly Block[]): AsyncGenerator<Block, void, undefined> {
  yield* blocks;
  throw new Error("a block is missing");
}

type Tree = { readonly root: CID; readonly blocks: readonly Block[]; readonly leaf: Block };

async function inventTree(bytes = 3_000_000): Promise<Tree> {
  const file = buildFileOf(randomBytes(bytes));
  const blocks: Block[] = [];
  const { cid } = await buildTree([{ path: "instances/000001.pgp", cid: file.cid, tsize: file.tsize }], async (block) => void blocks.push(block));
  const ordered = [...blocks].reverse();
  return { root: cid, blocks: [...ordered, ...file.blocks], leaf: file.blocks.find((one) => one.bytes.length > 900_000) ?? { cid, bytes: new Uint8Array(0) } };
}

async function* stream(blocks: readonly Block[]): AsyncGenerator<Block, void, undefined> {
  yield* blocks;
}

test("a tree goes in as one stream, is pinned at other institutions, and only what peers say counts", async (t) => {
  if (programs === null) return skipLoudly(t, missing);
  const swarm = await foundSwarm(programs, { members: 3 });
  t.teardown(swarm.close);
  const [one, two, three] = swarm.members;
  if (one === undefined || two === undefined || three === undefined) return t.fail();
  const pinning = pinningOf(one);
  t.teardown(() => pinning.close());
  const { root, blocks, leaf } = await inventTree();

  t.false(await pinning.holds(root, soon()));
  t.deepEqual(await pinning.status(root, soon()), []);
  t.is(await pinning.allocations(root, soon()), null);
  await t.throwsAsync(pinning.importTree(root, broken(blocks.slice(0, -1)), soon()), undefined, "a tree that ends half-way is not taken for one");
  t.false(await pinning.holds(root, soon()));

  await pinning.importTree(root, stream(blocks), soon());
  t.true(await pinning.holds(root, soon()));
  t.deepEqual(Buffer.from((await pinning.block(leaf.cid, soon())) ?? []), Buffer.from(leaf.bytes));
  t.is(await pinning.block((await inventTree(10)).root, soon()), null, "an absent block is null, at once");

  await eventually("enough peers to place on", 60, async () => {
    await pinning.pin(root, { min: 3, max: 3 }, soon());
    return true;
  });
  const peers = await eventually("three say that they keep it", 60, async () => {
    const now = await pinning.status(root, soon());
    return now.filter(({ state }) => state === "pinned").length === 3 ? now : null;
  });
  t.deepEqual(peers.map(({ peer }) => peer).sort(), swarm.members.map(({ seat }) => seat.cluster.peerId).sort());
  t.true(peers.every(({ since }) => since > 1_600_000_000_000));
  t.deepEqual([...((await pinning.allocations(root, soon())) ?? [])].sort(), peers.map(({ peer }) => peer).sort());

  // Somebody takes it off the list: nobody's Kubo gives it up.
  t.true((await two.rest("DELETE", `/pins/${root.toString()}`)).ok);
  await eventually("off the list", 30, async () => ((await pinning.status(root, soon())).length === 0 ? true : null));
  const other = pinningOf(three);
  t.teardown(() => other.close());
  t.true(await other.holds(root, soon()));
  const kept: string[] = [];
  for await (const cid of other.kept(soon())) kept.push(cid.toString());
  t.deepEqual(kept, [root.toString()]);
  await other.release(root, soon());
  await other.release(root, soon());
  t.true(await other.has(leaf.cid, soon()), "released is not yet deleted");
  await other.collect(soon());
  t.false(await other.has(leaf.cid, soon()));
  t.true(await pinning.has(leaf.cid, soon()));
});

async function flipInKubo(member: Member, leaf: Block): Promise<void> {
  const blocksDir = join(member.seat.dir, "kubo", "blocks");
  for (const item of await readdir(blocksDir, { recursive: true, withFileTypes: true })) {
    if (!item.isFile() || !item.name.endsWith(".data")) continue;
    const file = await open(join(item.parentPath, item.name), "r+");
    const { size } = await file.stat();
    if (size === leaf.bytes.length) {
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, 0);
      const first = leaf.bytes[0] ?? 0;
      if (byte[0] === first) {
        const whole = Buffer.alloc(size);
        await file.read(whole, 0, size, 0);
        if (whole.equals(Buffer.from(leaf.bytes))) await file.write(Buffer.from([first ^ 1]), 0, 1, 0);
      }
    }
    await file.close();
  }
}

test("the folder with Kubo behind it: a damaged block in Kubo counts as absent, and is mended when the good one is stored", async (t) => {
  if (programs === null) return skipLoudly(t, missing);
  const swarm = await foundSwarm(programs, { members: 1 });
  t.teardown(swarm.close);
  const [member] = swarm.members;
  if (member === undefined) return t.fail();
  const found: CID[] = [];
  const pinning = openPinning({ kuboUrl: member.rpcUrl, clusterUrl: member.restUrl, user: "agent", password: member.seat.restPassword, now: Date.now, onDamaged: (cid) => void found.push(cid) });
  t.teardown(() => pinning.close());
  const folder = await openBlockFolder(join(swarm.dir, "folder"));
  const blocks = layerBlocks(folder, pinning, soon(), createLog({ level: "error", fields: {} }));
  const tree = await inventTree();
  await pinning.importTree(tree.root, stream(tree.blocks), soon());

  t.true(await blocks.keepsTree?.(tree.root));
  t.false(await blocks.keepsTree?.((await inventTree(10)).root));
  // Several in one question: some in the folder, some in Kubo, one nowhere, one of another size than was said.
  const small = await Promise.all(Array.from({ length: 4 }, () => inventTree(5000)));
  for (const one of small.slice(0, 3)) await pinning.importTree(one.root, stream(one.blocks), soon());
  await folder.putMany(small[1]?.blocks ?? []);
  const leaves = small.flatMap((one) => one.blocks.filter(({ cid }) => isRaw(cid)));
  const asked = leaves.map(({ cid, bytes }) => ({ cid, size: bytes.length }));
  const given = (await blocks.leaves?.(asked.slice(0, 3))) ?? [];
  t.deepEqual(given.map((bytes) => Buffer.from(bytes ?? [])), leaves.slice(0, 3).map(({ bytes }) => Buffer.from(bytes)));
  const withAbsent = (await blocks.leaves?.(asked)) ?? [];
  t.deepEqual(withAbsent.map((bytes) => bytes?.length), [5000, 5000, 5000, undefined]);
  const wrongSize = (await blocks.leaves?.(asked.slice(0, 3).map(({ cid, size }, at) => ({ cid, size: at === 0 ? size - 7 : size })))) ?? [];
  t.deepEqual(wrongSize.map((bytes) => bytes?.length), [5000, 5000, 5000]);
  t.deepEqual(found, []);

  t.true(await blocks.has(tree.leaf.cid), "what the folder lacks is read from Kubo");
  t.deepEqual(Buffer.from((await blocks.get(tree.leaf.cid)) ?? []), Buffer.from(tree.leaf.bytes));
  await flipInKubo(member, tree.leaf);
  t.is(await blocks.get(tree.leaf.cid), null);
  t.deepEqual(found.map(String), [tree.leaf.cid.toString()]);
  const beside = asked.slice(0, 1);
  const withDamaged = (await blocks.leaves?.([...beside, { cid: tree.leaf.cid, size: tree.leaf.bytes.length }, ...beside])) ?? [];
  t.deepEqual(withDamaged.map((bytes) => bytes?.length), [5000, undefined, 5000], "a damaged one is not given, those beside it are");
  t.is(found.length, 2);
  for (const cid of found) blocks.damaged(cid);
  t.false(await blocks.has(tree.leaf.cid));
  await blocks.putMany([tree.leaf]);
  t.deepEqual(Buffer.from((await pinning.block(tree.leaf.cid, soon())) ?? []), Buffer.from(tree.leaf.bytes), "good again in Kubo itself");
  t.true(await pinning.holds(tree.root, soon()), "and kept as before");

  await member.kubo().kill();
  t.is(await blocks.get(tree.blocks[0]?.cid ?? tree.root), null, "a Kubo that is gone has nothing");
  t.deepEqual(Buffer.from((await blocks.get(tree.leaf.cid)) ?? []), Buffer.from(tree.leaf.bytes), "the folder has what it has");
});
