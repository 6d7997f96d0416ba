import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { getContractAddress } from "viem";
import { type BesuNetwork, startBesuNetwork } from "../../../network/local/besu-network.ts";
import type { BesuNode } from "../../../network/local/besu-node.ts";
import { createHeadBell } from "../../../node-agent/src/ledger/head-bell.ts";
import { createOutbox } from "../../../node-agent/src/ledger/outbox.ts";
import { openOutboxStore } from "../../../node-agent/src/ledger/outbox-store.ts";
import { createPoller } from "../../../node-agent/src/ledger/poller.ts";
import { createRpc } from "../../../node-agent/src/ledger/rpc.ts";
import { createSigner } from "../../../node-agent/src/ledger/sign.ts";
import { verifyChain } from "../../../node-agent/src/ledger/verify-chain.ts";
import { type Fault, isFault } from "../../../node-agent/src/model/fault.ts";
import { type Address, digest } from "../../../node-agent/src/model/ids.ts";
import { besuOrSkip } from "../../support/besu.ts";
import { newSigner, rpc as ask } from "../../network/embedded/client.ts";
import { deployEcho, echoed } from "./echo.ts";

const dir = await mkdtemp(join(tmpdir(), "fiducial-besu-ledger-"));
let network: BesuNetwork | null = null;
let echo: Address | null = null;
test.after.always(async () => {
  await network?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function until<Value>(what: string, look: () => Promise<Value | null | false>): Promise<Value> {
  for (let tries = 0; tries < 1200; tries++) {
    const seen = await look();
    if (seen !== null && seen !== false) return seen;
    await sleep(250);
  }
  throw new Error(`it never came: ${what}`);
}

/** The network of all tests of this file: two validators are enough here, and one that takes a handful of transactions of an account, as the pool does by itself. */
async function start(t: ExecutionContext): Promise<{ net: BesuNetwork; roomy: BesuNode; narrow: BesuNode; observer: BesuNode; contract: Address } | null> {
  if ((await besuOrSkip(t)) === null) return null;
  t.timeout(900_000);
  if (network === null) {
    network = await startBesuNetwork({ dir, validators: 2, observers: 1 });
    const [, second] = network.validators;
    if (second === undefined) throw new Error("a node is missing");
    await second.stop();
    const config = join(second.dir, "besu.toml");
    await writeFile(config, (await readFile(config, "utf8")).replace(/^tx-pool-limit-by-account-percentage=.*$/mu, "tx-pool-limit-by-account-percentage=0.001"));
    await second.start();
  }
  const [roomy, narrow] = network.validators;
  const [observer] = network.observers;
  if (roomy === undefined || narrow === undefined || observer === undefined) throw new Error("nodes are missing");
  if (echo === null) {
    const deployer = newSigner(network.chainId);
    await deployEcho(roomy.rpcUrl, deployer).catch(() => null);
    const at = getContractAddress({ from: deployer.address, nonce: 0n }).toLowerCase() as Address;
    await until("the contract", async () => (await ask(roomy.rpcUrl, "eth_getCode", [at, "latest"])) !== "0x");
    echo = at;
  }
  return { net: network, roomy, narrow, observer, contract: echo };
}

function open(t: ExecutionContext, net: BesuNetwork, node: BesuNode, key: Uint8Array, name: string) {
  const rpc = createRpc({ endpoint: node.rpcUrl, timeoutMs: 20_000, retries: 1 });
  const signer = createSigner(key, net.chainId);
  const store = openOutboxStore(join(dir, name), { chainId: net.chainId, genesisHash: net.genesisHash, operator: signer.address });
  const troubles: Fault[] = [];
  const rooms: number[] = [];
  const outbox = createOutbox({ rpc, store, signer, pollMs: 100, resendMs: 5000, onTrouble: (trouble) => troubles.push(trouble), onRoom: (room) => rooms.push(room) });
  t.teardown(async () => {
    outbox.close();
    await rpc.close();
  });
  return { outbox, troubles, rooms, rpc };
}

const words = (count: number) => Array.from({ length: count }, () => `0x01${randomBytes(16).toString("hex")}` as const);

test.serial("a pool that takes a handful of transactions of one account: all are mined, each once, and the window is found out", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const { outbox, troubles, rooms } = open(t, all.net, all.narrow, randomBytes(32), "narrow.sqlite");
  const writes = words(40);
  const receipts = await Promise.all(writes.map((data, i) => outbox.submit(`k${i}`, { kind: "note", to: all.contract, data })));
  const seen = await echoed(all.roomy.rpcUrl, all.contract);
  for (const data of writes) t.is(seen.filter((one) => one === data).length, 1);
  t.true(receipts.every(({ block }) => block > 0));
  t.deepEqual(troubles.map(({ code }) => code), []);
  t.is(rooms[0], 500);
  t.true((rooms.at(-1) ?? 500) < 40, `the window is ${rooms.at(-1)}`);
});

test.serial("two agents on one account, through two nodes: each write is mined once", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const key = randomBytes(32);
  const [left, right] = [open(t, all.net, all.roomy, key, "left.sqlite"), open(t, all.net, all.narrow, key, "right.sqlite")];
  const writes = words(10);
  await Promise.all(writes.map((data, i) => (i % 2 === 0 ? left : right).outbox.submit(`k${i}`, { kind: "note", to: all.contract, data })));
  const seen = await echoed(all.roomy.rpcUrl, all.contract);
  for (const data of writes) t.is(seen.filter((one) => one === data).length, 1);
  const refused = await t.throwsAsync(left.outbox.submit("no", { kind: "note", to: all.contract, data: "0xff4e487b71" }));
  t.true(isFault(refused, "LEDGER_REVERTED"));
});

test.serial("a node that takes nothing from this account says so in words that help; the write is kept and goes out once it may", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const { outbox } = open(t, all.net, all.observer, randomBytes(32), "observer.sqlite");
  const [data] = words(1) as [`0x${string}`];
  const refused = await t.throwsAsync(outbox.submit("k", { kind: "note", to: all.contract, data }));
  t.true(isFault(refused, "LEDGER_SENDER_REFUSED"), String(refused));
  await all.observer.ask("perm_addAccountsToAllowlist", [[outbox.operator]]);
  await outbox.submit("k", { kind: "note", to: all.contract, data });
  t.is((await echoed(all.roomy.rpcUrl, all.contract)).filter((one) => one === data).length, 1);
});

test.serial("logs past the head are an error of Besu's: the poller asks only for what is there, and finds everything", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const head = Number(await all.roomy.ask("eth_blockNumber"));
  await t.throwsAsync(ask(all.roomy.rpcUrl, "eth_getLogs", [{ fromBlock: "0x0", toBlock: `0x${(head + 1000).toString(16)}` }]));
  const rpc = createRpc({ endpoint: all.roomy.rpcUrl, timeoutMs: 20_000, retries: 0 });
  t.teardown(() => rpc.close());
  let events = 0;
  const poller = createPoller(rpc, {
    contracts: [all.contract],
    decode: () => {
      events++;
      return { kind: "Unknown" } as never;
    },
    logsRange: 7,
    pollMs: 100,
  });
  let last = -1;
  for await (const batch of poller.batches(0, AbortSignal.timeout(300_000))) last = batch.block.number;
  t.true(last >= head);
  t.is(events, (await echoed(all.roomy.rpcUrl, all.contract)).length);
  await t.throwsAsync(verifyChain(rpc, { chainId: all.net.chainId, genesisHash: digest(`0x${"11".repeat(32)}`), contracts: {} } as never), { code: "LEDGER_WRONG_CHAIN" } as never);
});

test.serial("the bell rings for new blocks, tells when it is cut off, and subscribes again when the node is back", async (t) => {
  const all = await start(t);
  if (all === null) return;
  const states: boolean[] = [];
  const bell = createHeadBell({ url: all.observer.wsUrl, onChange: (on) => states.push(on) });
  t.teardown(() => bell.close());
  const never = new AbortController().signal;
  const rings = async (): Promise<boolean> => {
    const begun = performance.now();
    await bell.wait(20_000, never);
    return performance.now() - begun < 19_000;
  };
  t.true(await until("a subscription", async () => states.at(-1) === true));
  t.true(await rings());
  await all.observer.stop();
  await until("the loss", async () => states.at(-1) === false);
  await all.observer.start();
  await until("the subscription again", async () => states.at(-1) === true);
  t.true(await rings());
  t.deepEqual(states, [true, false, true]);
  const stop = new AbortController();
  const waiting = bell.wait(600_000, stop.signal);
  stop.abort(new Error("enough"));
  await t.throwsAsync(waiting, { message: "enough" });
});
