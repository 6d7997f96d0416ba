import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { privateKeyToAccount, generatePrivateKey } from "viem/accounts";
import { type BesuNetwork, startBesuNetwork } from "../../../network/local/besu-network.ts";
import type { BesuNode } from "../../../network/local/besu-node.ts";
import { besuOrSkip } from "../../support/besu.ts";

const dir = await mkdtemp(join(tmpdir(), "fiducial-besu-"));
let network: BesuNetwork | null = null;
test.after.always(async () => {
  await network?.stop();
  await rm(dir, { recursive: true, force: true });
});

const height = async (node: BesuNode) => Number(await node.ask("eth_blockNumber"));

async function reaches(node: BesuNode, block: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if ((await height(node)) >= block) return;
    await sleep(200);
  }
  throw new Error(`${node.name} does not reach block ${block}`);
}

test("four validators and an observer seal, refuse a write at the observer, lose a node and take it back, with block 0 as computed here", async (t) => {
  if ((await besuOrSkip(t)) === null) return;
  t.timeout(900_000);
  network = await startBesuNetwork({ dir, validators: 4, observers: 1 });
  const { nodes, validators, observers, genesisHash, chainId } = network;
  t.is(nodes.length, 5);
  const [first, , , last] = validators;
  const [observer] = observers;
  if (first === undefined || last === undefined || observer === undefined) throw new Error("nodes are missing");
  for (const node of nodes) {
    const block = (await node.ask("eth_getBlockByNumber", ["0x0", false])) as { readonly hash: string };
    t.is(block.hash, genesisHash, `${node.name} has the genesis computed here`);
  }
  await reaches(observer, 3);
  const sealing = (await first.ask("ibft_getValidatorsByBlockNumber", ["latest"])) as readonly string[];
  t.deepEqual([...sealing].sort(), validators.map(({ address }) => address as string).sort());

  const sender = privateKeyToAccount(generatePrivateKey());
  const raw = await sender.signTransaction({ type: "legacy", chainId, nonce: 0, gas: 21_000n, gasPrice: 0n, to: sender.address });
  await t.throwsAsync(observer.ask("eth_sendRawTransaction", [raw]), { message: /not authorized/u });
  const hash = await first.ask("eth_sendRawTransaction", [raw]);
  let receipt: unknown = null;
  for (let tries = 0; tries < 600 && receipt === null; tries++) {
    receipt = await observer.ask("eth_getTransactionReceipt", [hash]);
    if (receipt === null) await sleep(200);
  }
  t.is((receipt as { readonly status?: string } | null)?.status, "0x1", "an account that owns nothing can write, and the observer sees it");

  await last.kill();
  t.is(last.pid(), null);
  await reaches(first, (await height(first)) + 2);
  await last.wipe();
  t.false(existsSync(join(last.dir, "data")));
  await last.start();
  await reaches(last, await height(first));

  const late = await network.addNode({ name: "late", kind: "hospital" });
  await late.start();
  await network.introduce(late);
  await reaches(late, await height(first));
  t.pass("a late joiner replays");
});
