import { randomBytes } from "node:crypto";
import test from "ava";
import { buildTree } from "../../../node-agent/src/dag/build-directory.ts";
import { cidOfRoot, digestOfCid, parseCid } from "../../../node-agent/src/dag/block.ts";
import { dropReplica, keepReplica } from "../../../node-agent/src/flows/keep-replica.ts";
import { missingBlocks } from "../../../node-agent/src/flows/missing-blocks.ts";
import { digest, memberId, studyId } from "../../../node-agent/src/model/ids.ts";
import { Town } from "./support/room.ts";
import { onlyStudy, publish, slices, store } from "./support/studies.ts";

const two = memberId(2);
const noRoot = digest(`0x${"00".repeat(32)}`);
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
