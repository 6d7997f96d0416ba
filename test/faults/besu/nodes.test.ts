import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { createNodeObserver } from "../../../node-agent/src/consortium/observe-node.ts";
import { detectStall, type Stall } from "../../../node-agent/src/consortium/stall.ts";
import { createBesuAdmin } from "../../../node-agent/src/ledger/besu-admin.ts";
import { createRpc } from "../../../node-agent/src/ledger/rpc.ts";
import type { BesuNode } from "../../../network/local/besu-node.ts";
import { besuOrSkip } from "../../support/besu.ts";
import { at, type BesuConsortium, heightOf, openBesuConsortium, reaches, until } from "./support/consortium.ts";
import { note, secondsSince } from "./support/figures.ts";
import { Load } from "./support/load.ts";

/** Four validators of IBFT 2.0 and an observer, under load, through everything that happens to machines. One network for all tests of this file, in order. */
let open: BesuConsortium | null = null;
let writers = 0;
test.after.always(() => open?.close());

type Scene = { readonly consortium: BesuConsortium; readonly nodes: readonly [BesuNode, BesuNode, BesuNode, BesuNode]; readonly load: Load };

/** The network with fresh load on its first two validators, or null after a loud skip. */
async function scene(t: ExecutionContext): Promise<Scene | null> {
  if ((await besuOrSkip(t)) === null) return null;
  t.timeout(1_500_000);
  open ??= await openBesuConsortium({ observers: 1 });
  const [one, two, three, four] = open.network.validators;
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error("validators are missing");
  for (const node of [one, two, three, four]) await node.start();
  const load = new Load([open.writer(one, 0, `load-${++writers}`), open.writer(two, 1, `load-${++writers}`)]);
  await load.goesOn();
  return { consortium: open, nodes: [one, two, three, four], load };
}

/** Ends the load and demands that nothing was lost or doubled, as the observer has it. */
async function settle(t: ExecutionContext, { consortium, nodes, load }: Scene, drill: string, figures: Readonly<Record<string, string | number>>): Promise<void> {
  await load.stop();
  const observer = at(consortium.network.observers, 0);
  await reaches(observer, await heightOf(nodes[0]));
  const { written, lost, doubled, refused } = await load.count(consortium, observer);
  t.deepEqual({ lost, doubled, refused }, { lost: 0, doubled: 0, refused: [] });
  t.true(written > 0);
  note(t, drill, { ...figures, writes: written, lost, doubled });
}

/** Seconds until the node has a block above its present height. */
async function nextBlock(node: BesuNode): Promise<number> {
  const begun = performance.now();
  await reaches(node, (await heightOf(node)) + 1);
  return secondsSince(begun);
}

/** Seconds until a node is at the head that another has. */
async function atHead(node: BesuNode, other: BesuNode): Promise<{ seconds: number; blocks: number }> {
  const begun = performance.now();
  const from = await heightOf(node);
  await until(`${node.name} at the head`, async () => (await heightOf(node)) >= (await heightOf(other)) - 1);
  return { seconds: secondsSince(begun), blocks: (await heightOf(node)) - from };
}

/** Watches the chain through a node's own eyes until it stands still. */
async function stallSeenBy(node: BesuNode): Promise<Stall> {
  const rpc = createRpc({ endpoint: node.rpcUrl, timeoutMs: 20_000, retries: 1 });
  try {
    const look = createNodeObserver(createBesuAdmin(rpc, { staticNodes: null, permissions: null }));
    let head = { number: -1, seen: 0 };
    return await until("the stall", async () => {
      const view = await look();
      if (view.head !== head.number) head = { number: view.head, seen: Date.now() };
      const stall = detectStall({ ...view, nowMs: Date.now(), headSeenMs: head.seen, periods: 8 });
      return stall !== null && stall.silent.length === 2 ? stall : null;
    });
  } finally {
    await rpc.close();
  }
}

test.serial("one validator of four is killed: writes go on, and it finds its way back", async (t) => {
  const here = await scene(t);
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
  const here = await scene(t);
  if (here === null) return;
  const { nodes, load } = here;
  await Promise.all([nodes[2].kill(), nodes[3].kill()]);
  const killed = performance.now();
  const stall = await stallSeenBy(nodes[0]);
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
  const here = await scene(t);
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
