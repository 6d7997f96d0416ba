import { randomBytes } from "node:crypto";
import test from "ava";
import { buildTree } from "../../../node-agent/src/dag/build-directory.ts";
import { cidOfRoot, digestOfCid, parseCid, rawBlock } from "../../../node-agent/src/dag/block.ts";
import { dropReplica, keepReplica } from "../../../node-agent/src/flows/keep-replica.ts";
import type { HospitalContext } from "../../../node-agent/src/flows/context.ts";
import { missingBlocks } from "../../../node-agent/src/flows/missing-blocks.ts";
import { sweepBlocks } from "../../../node-agent/src/flows/sweep-blocks.ts";
import { type Digest, digest, memberId, studyId } from "../../../node-agent/src/model/ids.ts";
import { Town } from "./support/room.ts";
import { onlyStudy, publish, slices, store } from "./support/studies.ts";

const two = memberId(2);
const noRoot = digest(`0x${"00".repeat(32)}`);
const collect = async <One>(source: Iterable<One> | AsyncIterable<One>): Promise<One[]> => {
  const list: One[] = [];
  for await (const one of source) list.push(one);
  return list;
};
const count = async (source: AsyncIterable<unknown>): Promise<number> => (await collect(source)).length;
const anyStudy = () => studyId(`0x${randomBytes(32).toString("hex")}`);

/** Hospital 1 keeps a study of its own; its root is on chain for everybody to read. */
async function scene(t: { teardown(fn: () => Promise<void>): void }) {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(2);
  const victim = town.at(1);
  await store(victim, slices(2));
  const study = await publish(town, victim, onlyStudy(victim).study);
  const root = study.root ?? noRoot;
  return { victim, attacker: town.at(2), root, study, missing: () => missingBlocks(victim.blocks, cidOfRoot(root)) };
}

test("a member that has another's root kept under a study of its own cannot have that study deleted", async (t) => {
  const { victim, root, missing, attacker } = await scene(t);
  const study = anyStudy();
  await keepReplica(victim, { owner: two, study, root });
  await dropReplica(victim, { owner: two, study, root });
  t.deepEqual(await missing(), []);
  await keepReplica(victim, { owner: two, study, root });
  await store(attacker, slices(1));
  const other = await buildTree([], (block) => attacker.blocks.putMany([block]));
  await keepReplica(victim, { owner: two, study, root: digestOfCid(other.cid) });
  t.deepEqual(await missing(), []);
});

test("a replica that is larger than its root says stops where space is to stay free, and goes at the next start", async (t) => {
  const { victim, attacker } = await scene(t);
  const files = Array.from({ length: 48 }, (_, at) => ({ path: `${String(at).padStart(4, "0")}.pgp`, block: rawBlock(randomBytes(1 << 20)) }));
  await attacker.blocks.putMany(files.map(({ block }) => block));
  const tree = await buildTree(files.map(({ path, block }) => ({ path, cid: block.cid, tsize: 0 })), (block) => attacker.blocks.putMany([block]));
  const before = await count(victim.blocks.list());
  let stored = 0;
  const small: HospitalContext = {
    ...victim,
    settings: { ...victim.settings, minFreeBytes: 10 << 20 },
    // A disk of 28 MiB, measured by what is put on it.
    blocks: {
      ...victim.blocks,
      freeBytes: async () => (28 << 20) - stored,
      putMany: async (blocks) => {
        const list = await collect(blocks);
        stored += list.reduce((sum, { bytes }) => sum + bytes.length, 0);
        await victim.blocks.putMany(list);
      },
    },
  };
  await t.throwsAsync(keepReplica(small, { owner: two, study: anyStudy(), root: digestOfCid(tree.cid) }), { message: /free/u });
  t.true(stored < 44 << 20, `${stored} bytes`);
  t.deepEqual(victim.catalogue.pins({ owner: two }), []);
  await sweepBlocks(victim);
  t.is(await count(victim.blocks.list()), before);
});

test("giving up a replica reaches only the root that is kept", async (t) => {
  const { victim, attacker, root, missing } = await scene(t);
  const own = await buildTree([], (block) => attacker.blocks.putMany([block]));
  const study = anyStudy();
  await keepReplica(victim, { owner: two, study, root: digestOfCid(own.cid) });
  await dropReplica(victim, { owner: two, study, root });
  t.deepEqual(await missing(), []);
  t.is(victim.catalogue.pins({ study }).length, 1);
});

test("a directory that links to objects of another study takes none of them with it", async (t) => {
  const { victim, attacker, missing, study } = await scene(t);
  const [record] = victim.catalogue.instances(study.study);
  if (record === undefined) return t.fail("no record");
  const tree = await buildTree([{ path: "bait.pgp", cid: parseCid(record.object), tsize: record.objectSize }], (block) => attacker.blocks.putMany([block]));
  const bait = anyStudy();
  const root = digestOfCid(tree.cid);
  await keepReplica(victim, { owner: two, study: bait, root });
  await dropReplica(victim, { owner: two, study: bait, root });
  t.deepEqual(await missing(), []);
  t.false(await victim.blocks.has(tree.cid), "what belonged to nobody else is gone");
});

test("one member gets so many bytes, as measured and not as its directories say; another member's are its own, and giving one back makes room", async (t) => {
  const { victim, attacker } = await scene(t);
  const limited: HospitalContext = { ...victim, settings: { ...victim.settings, mostBytesPerMember: 5 << 20 } };
  const tree = async (megabytes: number): Promise<Digest> => {
    const files = Array.from({ length: megabytes }, (_, at) => ({ path: `${at}.pgp`, block: rawBlock(randomBytes(1 << 20)) }));
    await attacker.blocks.putMany(files.map(({ block }) => block));
    // Its directory says that everything is empty.
    return digestOfCid((await buildTree(files.map(({ path, block }) => ({ path, cid: block.cid, tsize: 0 })), (block) => attacker.blocks.putMany([block]))).cid);
  };
  const before = await count(victim.blocks.list());
  const first = { owner: two, study: anyStudy(), root: await tree(3) };
  await keepReplica(limited, first);
  const [pin] = victim.catalogue.pins({ study: first.study });
  t.true((pin?.bytes ?? 0) > 3 << 20 && (pin?.bytes ?? 0) < (3 << 20) + 10_000, `${pin?.bytes} bytes`);
  const second = { owner: two, study: anyStudy(), root: await tree(4) };
  const held = await count(victim.blocks.list());
  await t.throwsAsync(keepReplica(limited, second), { code: "REPLICA_QUOTA" });
  t.is(await count(victim.blocks.list()), held, "what had come of it is gone");
  t.deepEqual(victim.catalogue.pins({ study: second.study }), []);
  await t.throwsAsync(keepReplica(limited, { ...second, study: anyStudy() }), { code: "REPLICA_QUOTA" }, "under another number as well");
  await keepReplica(limited, first);
  // Blocks that are here already are no way around it.
  const shared = { owner: two, study: anyStudy(), root: first.root };
  await t.throwsAsync(keepReplica(limited, shared), { code: "REPLICA_QUOTA" });
  t.is((await missingBlocks(victim.blocks, cidOfRoot(first.root))).length, 0, "the kept one keeps its blocks");
  await dropReplica(limited, first);
  await keepReplica(limited, second);
  await dropReplica(limited, second);
  t.is(await count(victim.blocks.list()), before);
});

test("two replicas of one member that are fetched at once share its quota, and a row without a size is measured", async (t) => {
  const { victim, attacker } = await scene(t);
  const tree = async (megabytes: number): Promise<Digest> => {
    const files = Array.from({ length: megabytes }, (_, at) => ({ path: `${at}.pgp`, block: rawBlock(randomBytes(1 << 20)) }));
    await attacker.blocks.putMany(files.map(({ block }) => block));
    return digestOfCid((await buildTree(files.map(({ path, block }) => ({ path, cid: block.cid, tsize: 0 })), (block) => attacker.blocks.putMany([block]))).cid);
  };
  const limited: HospitalContext = { ...victim, settings: { ...victim.settings, mostBytesPerMember: 5 << 20 } };
  const both = await Promise.allSettled([3, 3].map(async (megabytes) => await keepReplica(limited, { owner: two, study: anyStudy(), root: await tree(megabytes) })));
  t.true(both.filter(({ status }) => status === "fulfilled").length <= 1);
  const old = { owner: two, study: anyStudy(), root: await tree(3) };
  for (const pin of victim.catalogue.pins({ owner: two })) await dropReplica(victim, pin);
  await keepReplica(victim, old);
  victim.catalogue.putPin({ ...old, holder: victim.self.member });
  await t.throwsAsync(keepReplica(limited, { owner: two, study: anyStudy(), root: await tree(3) }), { code: "REPLICA_QUOTA" });
  t.true((victim.catalogue.pins({ study: old.study })[0]?.bytes ?? 0) > 3 << 20);
});
