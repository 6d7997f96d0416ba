import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { BesuNode } from "../../../network/local/besu-node.ts";
import type { Stall } from "../../../node-agent/src/consortium/stall.ts";
import { at, heightOf, reaches } from "./support/consortium.ts";
import { secondsSince } from "./support/figures.ts";
import { Links } from "./support/links.ts";
import { atHead, Drills, nextBlock, type Scene, settle, stallSeenBy } from "./support/scene.ts";

/**
 * Lines that fail while every machine lives: each node reaches each other through a TCP line of its own, which drops without a word, in one direction or both, or is slow.
 * Three of four validators make blocks (quorum ceil(2n/3)); no group of fewer may.
 */
let links: Links | null = null;
const drills = new Drills({
  hospitals: 3,
  async prepare(nodes) {
    links = await Links.between(nodes);
  },
});
test.after.always(async () => {
  await drills.close();
  links?.close();
});

type Lined = Scene & { readonly links: Links; readonly observer: BesuNode };

async function scene(t: ExecutionContext, places?: readonly number[]): Promise<Lined | null> {
  const here = await drills.scene(t, places);
  if (here === null) return null;
  if (links === null) throw new Error("there are no lines");
  return { ...here, links, observer: at(here.consortium.network.observers, 0) };
}

const named = ({ silent }: Stall): string[] => silent.map(({ address }) => address as string).sort();
const addresses = (...nodes: readonly BesuNode[]): string[] => nodes.map(({ address }) => address as string).sort();

/** Both heights stay where they are for some block periods: not one block without a quorum. */
async function standStill(t: ExecutionContext, nodes: readonly BesuNode[]): Promise<number> {
  const before = await Promise.all(nodes.map(heightOf));
  await sleep(6000);
  t.deepEqual(await Promise.all(nodes.map(heightOf)), before, "no block without a quorum");
  return Math.max(...before);
}

/** Whole again: seconds until the next block, and until every validator has the same chain. */
async function healed(t: ExecutionContext, { links: lines, nodes, load }: Lined, from: number): Promise<Readonly<Record<string, number>>> {
  const begun = performance.now();
  lines.heal();
  await reaches(nodes[0], from + 1);
  const resumed = secondsSince(begun);
  await load.goesOn();
  let restarts = 0;
  for (const node of nodes) restarts += (await atHead(node, nodes[0])).restarts;
  const together = secondsSince(begun);
  const number = `0x${from.toString(16)}`;
  const hashes = await Promise.all(nodes.map(async (node) => ((await node.ask("eth_getBlockByNumber", [number, false])) as { readonly hash: string }).hash));
  t.is(new Set(hashes).size, 1, "one chain");
  return { "s from healing to the next block": resumed, "s until all are at the head": together, restarts };
}

test.serial("two and two: neither half makes a block, each names the other, and healed they go on with one chain", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { nodes, observer } = here;
  const [west, east] = [[nodes[0], nodes[1], observer], [nodes[2], nodes[3]]];
  const begun = performance.now();
  here.links.part(west, east);
  const [one, other] = await Promise.all([stallSeenBy(nodes[0], 2), stallSeenBy(nodes[2], 2)]);
  const seconds = secondsSince(begun);
  t.deepEqual([named(one), named(other)], [addresses(nodes[2], nodes[3]), addresses(nodes[0], nodes[1])]);
  for (const stall of [one, other]) t.like(stall, { validators: 4, quorum: 3, reachable: 2 });
  const height = await standStill(t, nodes);
  await settle(t, here, "line between 2 and 2 validators silent: halt", { "s until each half names the other": seconds, ...(await healed(t, here, height)) });
});

test.serial("three and one: the three go on, the one stands still and names them; what was written through it meanwhile comes in once it is healed", async (t) => {
  const here = await scene(t, [0, 1, 3]);
  if (here === null) return;
  const { nodes, observer, load } = here;
  here.links.part([nodes[0], nodes[1], nodes[2], observer], [nodes[3]]);
  const alone = await stallSeenBy(nodes[3], 3);
  t.deepEqual(named(alone), addresses(nodes[0], nodes[1], nodes[2]));
  t.like(alone, { quorum: 3, reachable: 1 });
  const stood = await heightOf(nodes[3]);
  await load.goesOn();
  const gaps: number[] = [];
  for (let i = 0; i < 8; i++) gaps.push(await nextBlock(nodes[0]));
  t.is(await heightOf(nodes[3]), stood, "it makes no chain of its own");
  const head = await heightOf(nodes[0]);
  t.true(head >= stood + 8);
  await settle(t, here, "line to 1 of 4 validators silent: the three go on", { "s, slowest of 8 blocks without it": Math.max(...gaps), ...(await healed(t, here, head)) });
});

test.serial("silence in one direction: two that are not heard are two that are missing, though they hear", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { nodes, observer } = here;
  here.links.silence([nodes[2], nodes[3]], [nodes[0], nodes[1], observer]);
  const stall = await stallSeenBy(nodes[0], 2);
  t.deepEqual(named(stall), addresses(nodes[2], nodes[3]));
  const height = await standStill(t, nodes);
  await settle(t, here, "2 of 4 validators heard by nobody (silence in one direction): halt", await healed(t, here, height));
});

test.serial("a slow line between all: blocks come later, and nothing else changes", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { nodes, load } = here;
  here.links.slow(300);
  await load.goesOn();
  const gaps: number[] = [];
  for (let i = 0; i < 10; i++) gaps.push(await nextBlock(nodes[0]));
  const head = await heightOf(nodes[0]);
  await settle(t, here, "300 ms of delay on every line in both directions", { "s per block, median of 10": [...gaps].sort((a, b) => a - b)[5] ?? 0, "s, slowest of 10 blocks": Math.max(...gaps), ...(await healed(t, here, head)) });
});
