import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { getContractAddress } from "viem";
import { createNodeObserver } from "../../../node-agent/src/consortium/observe-node.ts";
import { detectStall, type Stall } from "../../../node-agent/src/consortium/stall.ts";
import { createBesuAdmin } from "../../../node-agent/src/ledger/besu-admin.ts";
import { createRpc } from "../../../node-agent/src/ledger/rpc.ts";
import { verifyChain } from "../../../node-agent/src/ledger/verify-chain.ts";
import type { Address } from "../../../node-agent/src/model/ids.ts";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import type { BesuNode } from "../../../network/local/besu-node.ts";
import { newSigner } from "../../network/embedded/client.ts";
import { deployEcho, echoed } from "../../node-agent/ledger/echo.ts";
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
  t.timeout(1_500_000);
  if ((await besuOrSkip(t)) === null) return null;
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

test.serial("the whole consortium is killed and started again", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { consortium, nodes } = here;
  await Promise.all(consortium.network.nodes.map((node) => node.kill()));
  const begun = performance.now();
  await Promise.all(consortium.network.nodes.map((node) => node.start()));
  const answered = secondsSince(begun);
  await reaches(nodes[0], (await heightOf(nodes[0])) + 1);
  await settle(t, here, "all nodes killed (SIGKILL) and started", { "s until every RPC answers": answered, "s until the next block": secondsSince(begun) });
});

test.serial("a validator loses its disk: it replays everything and seals again", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { nodes } = here;
  await nodes[3].kill();
  await nodes[3].wipe();
  await nodes[3].start();
  const begun = performance.now();
  const back = await atHead(nodes[3], nodes[0]);
  t.true(back.blocks > 5);
  const head = await heightOf(nodes[0]);
  await until("it proposes again", async () => {
    const block = (await nodes[0].ask("eth_getBlockByNumber", [`0x${(await heightOf(nodes[0])).toString(16)}`, false])) as { readonly miner: string; readonly number: string };
    return Number(block.number) > head && block.miner === nodes[3].address;
  });
  await settle(t, here, "a validator's disk wiped", { "blocks replayed": back.blocks, "s from its RPC to the head": back.seconds, "blocks per second": Math.round(back.blocks / Math.max(0.1, back.seconds)), "s until it proposes": secondsSince(begun) });
});

test.serial("a late joiner replays the history of all", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { consortium, nodes } = here;
  const late = await consortium.network.addNode({ name: "late", kind: "hospital" });
  await late.start();
  const begun = performance.now();
  await consortium.network.introduce(late);
  const back = await atHead(late, nodes[0]);
  const number = `0x${(await heightOf(late)).toString(16)}`;
  const [ours, theirs] = (await Promise.all([late, nodes[0]].map((node) => node.ask("eth_getBlockByNumber", [number, false])))) as { readonly hash: string }[];
  t.is(ours?.hash, theirs?.hash);
  await late.stop();
  await settle(t, here, "a late joiner, full synchronisation", { blocks: back.blocks, "s from being introduced to the head": secondsSince(begun), "blocks per second": Math.round(back.blocks / Math.max(0.1, back.seconds)) });
});

test.serial("a backup taken while the node was stopped is restored", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { nodes } = here;
  const [data, backup] = [join(nodes[3].dir, "data"), join(nodes[3].dir, "backup")];
  await nodes[3].stop();
  const saved = await heightOf(nodes[0]);
  await cp(data, backup, { recursive: true });
  await nodes[3].start();
  await reaches(nodes[3], saved + 5);
  await nodes[3].kill();
  await nodes[3].wipe();
  await cp(backup, data, { recursive: true });
  await nodes[3].start();
  const first = await heightOf(nodes[3]);
  t.true(first >= saved - 2, "it begins where the backup was taken");
  const back = await atHead(nodes[3], nodes[0]);
  await rm(backup, { recursive: true });
  await settle(t, here, "a backup of a stopped node restored", { "blocks behind": back.blocks, "s from its RPC to the head": back.seconds });
});

test.serial("a node started with another genesis does not touch the old chain, and no agent takes it for the consortium", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { consortium, nodes } = here;
  const file = join(nodes[3].dir, "genesis.json");
  const genuine = await readFile(file, "utf8");
  await nodes[3].stop();
  await writeFile(file, genuine.replace(/"timestamp": "0x[0-9a-f]+"/u, '"timestamp": "0x65000001"'));
  t.not(await readFile(file, "utf8"), genuine);
  const refused = await t.throwsAsync(nodes[3].start());
  t.true(isFault(refused, "NETWORK_NODE_FAILED"), "Besu refuses to run another genesis over kept data");
  t.regex(String(refused), /genesis/iu);
  const [data, aside] = [join(nodes[3].dir, "data"), join(nodes[3].dir, "aside")];
  await cp(data, aside, { recursive: true });
  await nodes[3].wipe();
  await nodes[3].start();
  const rpc = createRpc({ endpoint: nodes[3].rpcUrl, timeoutMs: 20_000, retries: 1 });
  const wrong = await t.throwsAsync(verifyChain(rpc, consortium.config(nodes[3])));
  t.true(isFault(wrong, "LEDGER_WRONG_CHAIN"), String(wrong));
  await rpc.close();
  t.is(await heightOf(nodes[3]), 0, "nobody follows it and it follows nobody");
  await nodes[3].stop();
  await nodes[3].wipe();
  await cp(aside, data, { recursive: true });
  await writeFile(file, genuine);
  await nodes[3].start();
  const back = await atHead(nodes[3], nodes[0]);
  await settle(t, here, "a node with another genesis", { "refused by": "Besu over kept data, the agent on an empty one", "s back at the head with the right one": back.seconds });
});

test.serial("two agents sign with one account through two nodes: every write is mined once", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { consortium, nodes } = here;
  const pair = [consortium.writer(nodes[2], 0, "twin-1"), consortium.writer(nodes[3], 0, "twin-2")];
  const twins = new Load(pair, 20);
  for (let i = 0; i < 10; i++) await twins.goesOn();
  await twins.stop();
  const { written, lost, doubled, refused } = await twins.count(consortium, nodes[0]);
  t.deepEqual({ lost, doubled, refused }, { lost: 0, doubled: 0, refused: [] });
  note(t, "two agents with one account, two nodes", { writes: written, lost, doubled });
  await settle(t, here, "the load beside them, on the same account", {});
});

test.serial("an agent's process is killed between sending and the receipt: its next life finds the receipt and writes nothing twice", async (t) => {
  const here = await scene(t);
  if (here === null) return;
  const { consortium, nodes, load } = here;
  const { rpcUrl } = nodes[0];
  const deployer = newSigner(consortium.network.chainId);
  // The helper asks for the receipt at once, which only the embedded chain has by then.
  await deployEcho(rpcUrl, deployer).catch(() => null);
  const echo = getContractAddress({ from: deployer.address, nonce: 0n }).toLowerCase() as Address;
  await until("the contract", async () => (await nodes[0].ask("eth_getCode", [echo, "latest"])) !== "0x");
  const [file, keyHex] = [join(consortium.dir, "dying.sqlite"), randomBytes(32).toString("hex")];
  const writes = Array.from({ length: 5 }, () => `0x01${randomBytes(16).toString("hex")}`);
  const live = async (killAt: string): Promise<string | null> => {
    const child = spawn(process.execPath, ["test/node-agent/ledger/outbox-life.ts", rpcUrl, consortium.network.genesisHash, file, keyHex, echo, killAt, "1", ...writes], { stdio: ["ignore", "ignore", "inherit"] });
    const [status, signal] = (await once(child, "exit")) as [number | null, string | null];
    if (signal === null && status !== 0) throw new Error(`a life ended with status ${status}`);
    return signal;
  };
  const begun = performance.now();
  t.is(await live("sent"), "SIGKILL", "dead with its bytes in the pool");
  t.is(await live("mined"), "SIGKILL", "and again with the receipt seen, not kept");
  t.is(await live("never"), null);
  const seconds = secondsSince(begun);
  const told = await echoed(rpcUrl, echo);
  for (const data of writes) t.is(told.filter((one) => one === data).length, 1, data);
  await load.goesOn();
  await settle(t, here, "an agent killed between sending and receipt, twice", { "its own writes": writes.length, "s over three lives": seconds });
});
