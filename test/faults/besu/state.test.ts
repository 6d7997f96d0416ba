import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { getContractAddress } from "viem";
import { createRpc } from "../../../node-agent/src/ledger/rpc.ts";
import { verifyChain } from "../../../node-agent/src/ledger/verify-chain.ts";
import type { Address } from "../../../node-agent/src/model/ids.ts";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { newSigner } from "../../network/embedded/client.ts";
import { deployEcho, echoed } from "../../node-agent/ledger/echo.ts";
import { heightOf, reaches, until } from "./support/consortium.ts";
import { note, secondsSince } from "./support/figures.ts";
import { Load } from "./support/load.ts";
import { atHead, Drills, settle } from "./support/scene.ts";

/** Disks lost and restored, nodes new, misled or started all at once. */
const drills = new Drills();
test.after.always(() => drills.close());

test.serial("the whole consortium is killed and started again", async (t) => {
  const here = await drills.scene(t);
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
  const here = await drills.scene(t);
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
  await settle(t, here, "a validator's disk wiped", { "blocks replayed": back.blocks, "s from its RPC to the head": back.seconds, "blocks per second": Math.round(back.blocks / Math.max(0.1, back.seconds)), restarts: back.restarts, "s until it proposes": secondsSince(begun) });
});

test.serial("a late joiner replays the history of all", async (t) => {
  const here = await drills.scene(t);
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
  await settle(t, here, "a late joiner, full synchronisation", { blocks: back.blocks, "s from being introduced to the head": secondsSince(begun), restarts: back.restarts, "blocks per second": Math.round(back.blocks / Math.max(0.1, back.seconds)) });
});

test.serial("a backup taken while the node was stopped is restored", async (t) => {
  const here = await drills.scene(t);
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
  const here = await drills.scene(t);
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
  const here = await drills.scene(t);
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
  const here = await drills.scene(t);
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
