import type { ExecutionContext } from "ava";
import type { BesuNode } from "../../../../network/local/besu-node.ts";
import { createNodeObserver } from "../../../../node-agent/src/consortium/observe-node.ts";
import { detectStall, type Stall } from "../../../../node-agent/src/consortium/stall.ts";
import { createBesuAdmin } from "../../../../node-agent/src/ledger/besu-admin.ts";
import { createRpc } from "../../../../node-agent/src/ledger/rpc.ts";
import { besuOrSkip } from "../../../support/besu.ts";
import { at, type BesuConsortium, heightOf, openBesuConsortium, reaches, until } from "./consortium.ts";
import { note, secondsSince } from "./figures.ts";
import { Load } from "./load.ts";

export type Scene = { readonly consortium: BesuConsortium; readonly nodes: readonly [BesuNode, BesuNode, BesuNode, BesuNode]; readonly load: Load };

/** Four validators of IBFT 2.0 and an observer, under load: one network for all drills of a file, in order. */
export class Drills {
  #open: BesuConsortium | null = null;
  #writers = 0;
  readonly #options: Parameters<typeof openBesuConsortium>[0];

  constructor(options: Parameters<typeof openBesuConsortium>[0] = {}) {
    this.#options = { observers: 1, ...options };
  }

  /** The network, all of it running, with fresh load on its first validators, one hospital each; null after a loud skip. */
  async scene(t: ExecutionContext, places: readonly number[] = [0, 1]): Promise<Scene | null> {
    t.timeout(1_500_000);
    if ((await besuOrSkip(t)) === null) return null;
    this.#open ??= await openBesuConsortium(this.#options);
    const consortium = this.#open;
    const [one, two, three, four] = consortium.network.validators;
    if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error("validators are missing");
    const nodes = [one, two, three, four] as const;
    for (const node of nodes) await node.start();
    const load = new Load(places.map((place, hospital) => consortium.writer(at(nodes, place), hospital, `load-${++this.#writers}`)));
    await load.goesOn();
    return { consortium, nodes, load };
  }

  async close(): Promise<void> {
    await this.#open?.close();
  }
}

/** Ends the load and demands that nothing was lost or doubled, as the observer has it. */
export async function settle(t: ExecutionContext, { consortium, nodes, load }: Scene, drill: string, figures: Readonly<Record<string, string | number>>): Promise<void> {
  await load.stop();
  const observer = at(consortium.network.observers, 0);
  await reaches(observer, await heightOf(nodes[0]));
  const { written, lost, doubled, refused } = await load.count(consortium, observer);
  t.deepEqual({ lost, doubled, refused }, { lost: 0, doubled: 0, refused: [] });
  t.true(written > 0);
  note(t, drill, { ...figures, writes: written, lost, doubled });
}

/** Seconds until the node has a block above its present height. */
export async function nextBlock(node: BesuNode): Promise<number> {
  const begun = performance.now();
  await reaches(node, (await heightOf(node)) + 1);
  return secondsSince(begun);
}

/**
 * Seconds until a node is at the head that another has. A node that stands still behind it for a minute is started again, as whoever watches it would do:
 * Besu 26.8.0 on a busy machine sometimes ends its replay a few blocks early and then waits for ever.
 */
export async function atHead(node: BesuNode, other: BesuNode): Promise<{ readonly seconds: number; readonly blocks: number; readonly restarts: number }> {
  const begun = performance.now();
  const from = await heightOf(node);
  let restarts = 0;
  let last = { height: from, seen: performance.now() };
  await until(`${node.name} at the head`, async () => {
    const [height, head] = await Promise.all([heightOf(node), heightOf(other)]);
    if (height >= head - 1) return true;
    if (height !== last.height) last = { height, seen: performance.now() };
    if (performance.now() - last.seen < 60_000) return false;
    restarts++;
    await node.stop();
    await node.start();
    last = { height, seen: performance.now() };
    return false;
  });
  return { seconds: secondsSince(begun), blocks: (await heightOf(node)) - from, restarts };
}

/** Watches the chain through a node's own eyes until it stands still and so many validators are named. */
export async function stallSeenBy(node: BesuNode, silent: number): Promise<Stall> {
  const rpc = createRpc({ endpoint: node.rpcUrl, timeoutMs: 20_000, retries: 1 });
  try {
    const look = createNodeObserver(createBesuAdmin(rpc, { staticNodes: null, permissions: null }));
    let head = { number: -1, seen: 0 };
    return await until(`the stall as ${node.name} sees it`, async () => {
      const view = await look();
      if (view.head !== head.number) head = { number: view.head, seen: Date.now() };
      const stall = detectStall({ ...view, nowMs: Date.now(), headSeenMs: head.seen, periods: 8 });
      return stall !== null && stall.silent.length === silent ? stall : null;
    });
  } finally {
    await rpc.close();
  }
}
