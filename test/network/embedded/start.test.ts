import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { type EmbeddedChain, type EmbeddedChainOptions, startEmbeddedChain } from "../../../network/embedded/start.ts";
import { newSigner, note, rpc } from "./client.ts";

const folder = async (t: { teardown(work: () => unknown): void }): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-chain-"));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

async function started(t: { teardown(work: () => unknown): void }, options: EmbeddedChainOptions): Promise<EmbeddedChain> {
  const chain = await startEmbeddedChain({ port: 0, ...options });
  t.teardown(() => chain.close());
  return chain;
}

type Block = { number: string; hash: string; timestamp: string; baseFeePerGas: string; transactions: string[] };
const blockAt = async (url: string, tag: string): Promise<Block> => (await rpc(url, "eth_getBlockByNumber", [tag, false])) as Block;

test("a transaction is mined at once and survives a restart under the same block hash", async (t) => {
  const dir = await folder(t);
  const chain = await started(t, { dir, heartbeatMs: 3_600_000 });
  const signer = newSigner();
  const { raw, hash } = note(signer, 0);
  t.is(await rpc(chain.url, "eth_sendRawTransaction", [raw]), hash);
  const receipt = (await rpc(chain.url, "eth_getTransactionReceipt", [hash])) as { status: string; blockHash: string };
  t.is(receipt.status, "0x1");
  await chain.close();

  const again = await started(t, { dir });
  t.is(again.genesisHash, chain.genesisHash);
  t.deepEqual(again.replayed, { blocks: 1, transactions: 1, tornBytes: 0 });
  t.is((await blockAt(again.url, "0x1")).hash, receipt.blockHash);
});

test("concurrent transactions share blocks, in nonce order, and reads in between do not change what a replay gives", async (t) => {
  const dir = await folder(t);
  const chain = await started(t, { dir, heartbeatMs: 50 });
  const signers = [newSigner(), newSigner(), newSigner()];
  const work = signers.flatMap((signer) => Array.from({ length: 40 }, (_, nonce) => rpc(chain.url, "eth_sendRawTransaction", [note(signer, nonce).raw])));
  const noise = Array.from({ length: 20 }, () => rpc(chain.url, "eth_getBlockByNumber", ["pending", true]));
  await Promise.all([...work, ...noise]);
  const head = Number(await rpc(chain.url, "eth_blockNumber"));
  const hashes = await Promise.all(Array.from({ length: head }, async (_, i) => (await blockAt(chain.url, `0x${(i + 1).toString(16)}`)).hash));
  for (const signer of signers) t.is(Number(await rpc(chain.url, "eth_getTransactionCount", [signer.address, "latest"])), 40);
  t.true(head < 120, "transactions that arrive together share a block");
  await chain.close();

  const again = await started(t, { dir, heartbeatMs: 60_000 });
  const replayed = await Promise.all(hashes.map(async (_, i) => (await blockAt(again.url, `0x${(i + 1).toString(16)}`)).hash));
  t.deepEqual(replayed, hashes);
});

test("a later nonce waits for the earlier one", async (t) => {
  const chain = await started(t, { dir: await folder(t) });
  const signer = newSigner();
  await rpc(chain.url, "eth_sendRawTransaction", [note(signer, 1).raw]);
  t.is(await rpc(chain.url, "eth_getTransactionReceipt", [note(signer, 1).hash]), null);
  await rpc(chain.url, "eth_sendRawTransaction", [note(signer, 0).raw]);
  t.is(Number(await rpc(chain.url, "eth_getTransactionCount", [signer.address, "latest"])), 2);
});

test("a burst does not run the clock ahead, and a clock set back does not stop the chain", async (t) => {
  let now = 1_800_000_000_000;
  const chain = await started(t, { dir: await folder(t), now: () => now, genesisTime: 1_790_000_000 });
  const signer = newSigner();
  for (let nonce = 0; nonce < 10; nonce++) await rpc(chain.url, "eth_sendRawTransaction", [note(signer, nonce).raw]);
  t.is(Number((await blockAt(chain.url, "latest")).timestamp), 1_800_000_000);
  now -= 3_600_000;
  await rpc(chain.url, "eth_sendRawTransaction", [note(signer, 10).raw]);
  t.is(Number((await blockAt(chain.url, "latest")).timestamp), 1_800_000_000);
});

test("gas stays free after full blocks", async (t) => {
  const chain = await started(t, { dir: await folder(t) });
  const signer = newSigner();
  const data: `0x${string}` = `0x${"ff".repeat(100_000)}`;
  const heavy = Array.from({ length: 130 }, (_, nonce) => signer.sign({ nonce, gas: 4_000_000, to: signer.address, data }).raw);
  const body = heavy.map((raw, id) => ({ jsonrpc: "2.0", id, method: "eth_sendRawTransaction", params: [raw] }));
  for (let at = 0; at < body.length; at += 30) {
    const response = await fetch(chain.url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body.slice(at, at + 30)) });
    for (const reply of (await response.json()) as { error?: unknown }[]) t.is(reply.error, undefined);
  }
  t.is(Number(await rpc(chain.url, "eth_getTransactionCount", [signer.address, "latest"])), 130);
  t.is((await blockAt(chain.url, "latest")).baseFeePerGas, "0x0");
  t.is(await rpc(chain.url, "eth_gasPrice"), "0x0");
});

test("an idle chain makes a block per heartbeat", async (t) => {
  const chain = await started(t, { dir: await folder(t), heartbeatMs: 20 });
  while (Number(await rpc(chain.url, "eth_blockNumber")) < 3) await new Promise((wake) => setTimeout(wake, 10));
  t.pass();
});

test("refuses another process on the same folder, other settings, and a taken port, and lets go of what it held", async (t) => {
  const dir = await folder(t);
  const chain = await started(t, { dir });
  const locked = await t.throwsAsync(startEmbeddedChain({ dir, port: 0 }));
  t.true(isFault(locked, "CHAIN_LOCKED"));
  const other = await folder(t);
  const taken = await t.throwsAsync(startEmbeddedChain({ dir: other, port: Number(new URL(chain.url).port) }));
  t.true(isFault(taken, "CHAIN_PORT_IN_USE"));
  await chain.close();
  const changed = await t.throwsAsync(startEmbeddedChain({ dir, port: 0, chainId: 7 }));
  t.true(isFault(changed, "CHAIN_CONFIG_CHANGED"));
  await started(t, { dir: other });
});
