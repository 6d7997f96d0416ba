import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import type { BesuNode } from "../../../network/local/besu-node.ts";
import { heightOf, reaches } from "./support/consortium.ts";
import { secondsSince } from "./support/figures.ts";
import { atHead, Drills, nextBlock, settle, stallSeenBy } from "./support/scene.ts";

/** Machines that die and hang. */
const drills = new Drills();
test.after.always(() => drills.close());

test.serial("one validator of four is killed: writes go on, and it finds its way back", async (t) => {
  const here = await drills.scene(t);
  if (here === null) return;
  const { nodes, load } = here;
  const killed = performance.now();
  await nodes[3].kill();
  await load.goesOn();
  const firstWrite = secondsSince(killed);
  const slowest = Math.max(...(await nextBlocks(nodes[0], 8)));
  await nodes[3].start();
  const back = await atHead(nodes[3], nodes[0]);
  await settle(t, here, "1 of 4 validators killed (SIGKILL)", { "s to the next acknowledged write": firstWrite, "s, slowest of 8 blocks without it": slowest, "s from its RPC to the head": back.seconds, "blocks caught up": back.blocks });
});

async function nextBlocks(node: BesuNode, count: number): Promise<number[]> {
  const gaps: number[] = [];
  for (let i = 0; i < count; i++) gaps.push(await nextBlock(node));
  return gaps;
}

test.serial("two of four are killed: the chain stands still, the two are named, and it goes on when one is back", async (t) => {
  const here = await drills.scene(t);
  if (here === null) return;
  const { nodes, load } = here;
  await Promise.all([nodes[2].kill(), nodes[3].kill()]);
  const killed = performance.now();
  const stall = await stallSeenBy(nodes[0], 2);
  const named = secondsSince(killed);
  t.deepEqual(stall.silent.map(({ address }) => address as string).sort(), [nodes[2].address, nodes[3].address].map(String).sort());
  t.is(stall.quorum, 3);
  t.is(stall.reachable, 2);
  const height = await heightOf(nodes[0]);
  await sleep(3000);
  t.is(await heightOf(nodes[0]), height, "no block without a quorum");
  const begun = performance.now();
  await nodes[2].start();
  const started = secondsSince(begun);
  await reaches(nodes[0], height + 1);
  const resumed = secondsSince(begun);
  await load.goesOn();
  await nodes[3].start();
  await atHead(nodes[3], nodes[0]);
  await settle(t, here, "2 of 4 validators killed: halt", { "s until both silent are named": named, "s from restart to RPC": started, "s from restart to the next block": resumed });
});

test.serial("a validator that hangs is no worse than one that is gone; two that hang stop the chain and let it go on without a restart", async (t) => {
  const here = await drills.scene(t);
  if (here === null) return;
  const { nodes, load } = here;
  nodes[3].freeze();
  await load.goesOn();
  await nextBlocks(nodes[0], 5);
  nodes[2].freeze();
  await sleep(4000);
  const height = await heightOf(nodes[0]);
  await sleep(8000);
  t.true((await heightOf(nodes[0])) <= height + 1, "two of four make no block");
  const begun = performance.now();
  nodes[2].thaw();
  nodes[3].thaw();
  await reaches(nodes[0], (await heightOf(nodes[0])) + 1);
  const resumed = secondsSince(begun);
  const back = await atHead(nodes[3], nodes[0]);
  await settle(t, here, "validators that hang (SIGSTOP), then go on", { "s from going on to the next block": resumed, "s until the longest asleep is at the head": back.seconds });
});
