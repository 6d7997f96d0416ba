import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { nodeFileNames } from "../../network/besu/node-files.ts";
import type { Genesis } from "../../network/genesis/genesis.ts";
import { type BesuNetwork, startBesuNetwork } from "../../network/local/besu-network.ts";
import type { BesuNode } from "../../network/local/besu-node.ts";
import type { ContractAddresses } from "../../node-agent/src/ledger/contracts.ts";
import { callOf } from "../../node-agent/src/ledger/intents.ts";
import { createRpc, type Rpc } from "../../node-agent/src/ledger/rpc.ts";
import { createSigner, type Signer } from "../../node-agent/src/ledger/sign.ts";
import { address, digest, studyId } from "../../node-agent/src/model/ids.ts";
import { deployConsortium } from "../deploy/consortium.ts";
import { httpRpc } from "../deploy/http.ts";
import { residentMiB } from "./memory.ts";
import type { BenchRow } from "./row.ts";

/** Milliseconds between blocks while the history is made; a consortium's blocks come every few seconds, and nobody could wait for thousands of them. */
const fastPeriod = 50;
/** Transactions of one account that wait in the pool while the history is made. */
const ahead = 150;
/** A joiner that has not reached the head by then stands still. */
const patience = 600_000;

const word = (): `0x${string}` => `0x${randomBytes(32).toString("hex")}`;
const heightOf = async (node: BesuNode): Promise<number> => Number(await node.ask("eth_blockNumber"));

const withPeriod = (genesis: Genesis, milliseconds: number | null): Genesis => {
  const { xblockperiodmilliseconds: _old, ...protocol } = genesis.config["ibft2"] as Readonly<Record<string, unknown>>;
  return { ...genesis, config: { ...genesis.config, ibft2: milliseconds === null ? protocol : { ...protocol, xblockperiodmilliseconds: milliseconds } } };
};

type Author = { readonly signer: Signer; nonce: number };

/** Two hospitals' operators on the real contracts. */
async function found(node: BesuNode): Promise<{ readonly contracts: ContractAddresses; readonly keys: readonly `0x${string}`[] }> {
  const keys = [generatePrivateKey(), generatePrivateKey()];
  const someone = () => privateKeyToAccount(generatePrivateKey()).address;
  const { deployedAtBlock: _block, ...places } = await deployConsortium({
    rpc: httpRpc(node.rpcUrl),
    deployerKey: generatePrivateKey(),
    council: someone(),
    reviewers: [],
    timeoutSeconds: 600,
    members: keys.map((key, at) => ({ kind: "Hospital" as const, governor: someone(), operators: [privateKeyToAccount(key).address], profile: { displayName: `Hospital ${at + 1}`, endpoint: `https://hospital-${at + 1}.invalid`, openpgpSha256: word(), spkiSha256: word() } })),
  });
  return { contracts: Object.fromEntries(Object.entries(places).map(([name, where]) => [name, address(where)])) as ContractAddresses, keys };
}

/** Registers studies, one in each transaction, until the chain has `blocks` blocks. */
async function write(node: BesuNode, rpc: Rpc, contracts: ContractAddresses, authors: readonly Author[], blocks: number): Promise<void> {
  const registration = () => callOf({ kind: "registerStudy", study: studyId(word()), patient: address(`0x${randomBytes(20).toString("hex")}`), root: digest(word()) }, contracts);
  while ((await heightOf(node)) < blocks) {
    for (const author of authors) {
      const mined = Number(await rpc.call("eth_getTransactionCount", [author.signer.address, "latest"]));
      const raws: string[] = [];
      for (; author.nonce < mined + ahead && raws.length < 40; author.nonce++) raws.push(author.signer.sign({ nonce: author.nonce, gas: 400_000, ...registration() }).raw);
      if (raws.length > 0) await rpc.callAll(raws.map((raw) => ({ method: "eth_sendRawTransaction", params: [raw] })));
    }
  }
}

/** Bytes of the blocks up to `head`, and transactions in them. */
async function weigh(rpc: Rpc, head: number): Promise<{ readonly bytes: number; readonly transactions: number }> {
  let [bytes, transactions] = [0, 0];
  for (let from = 0; from <= head; from += 200) {
    const calls = Array.from({ length: Math.min(200, head - from + 1) }, (_none, at) => ({ method: "eth_getBlockByNumber", params: [`0x${(from + at).toString(16)}`, false] }));
    for (const block of (await rpc.callAll(calls)) as { readonly size: string; readonly transactions: readonly unknown[] }[]) {
      bytes += Number(block.size);
      transactions += block.transactions.length;
    }
  }
  return { bytes, transactions };
}

/** A new node from an empty disk to the head; seconds from the moment when the others let it in. */
async function joins(network: BesuNetwork, source: BesuNode, storage: "bonsai" | "forest"): Promise<{ readonly seconds: number; readonly mib: number; readonly head: number }> {
  const node = await network.addNode({ name: `joiner-${storage}`, kind: storage === "forest" ? "observer" : "hospital", storage });
  await node.start();
  const head = await heightOf(source);
  const begun = performance.now();
  await network.introduce(node);
  while ((await heightOf(node)) < head) {
    if (performance.now() - begun > patience) throw new Error(`${node.name} stands still at block ${await heightOf(node)} of ${head}`);
    await sleep(50);
  }
  const seconds = (performance.now() - begun) / 1000;
  const mib = residentMiB(node.pid() ?? 0);
  await node.stop();
  return { seconds, mib, head };
}

/** How fast a joiner replays a chain of `blocks` blocks full of registrations, on both kinds of storage. One validator makes the chain: what a joiner does for a block is, but for two more seals, the same. */
export async function joinerSpeed(blocks: number): Promise<BenchRow[]> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-bench-"));
  // For an end before the last line: the nodes end with this process by themselves.
  const forget = () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  process.once("exit", forget);
  let network: BesuNetwork | null = null;
  let rpc: Rpc | null = null;
  try {
    network = await startBesuNetwork({ dir, validators: 1, adjust: (genesis) => withPeriod(genesis, fastPeriod) });
    const [source] = network.validators;
    if (source === undefined) throw new Error("no validator");
    rpc = createRpc({ endpoint: source.rpcUrl, timeoutMs: 60_000, retries: 1 });
    const { contracts, keys } = await found(source);
    const { chainId } = network;
    await write(source, rpc, contracts, keys.map((key) => ({ signer: createSigner(Buffer.from(key.slice(2), "hex"), chainId), nonce: 0 })), blocks);
    // From here on a block every second, as in service: sealing must not compete with the joiner. The period is no part of block 0.
    await source.stop();
    const file = join(source.dir, nodeFileNames.genesis);
    await writeFile(file, JSON.stringify(withPeriod(JSON.parse(await readFile(file, "utf8")) as Genesis, null)));
    await source.start();
    const { bytes, transactions } = await weigh(rpc, await heightOf(source));
    const rows: BenchRow[] = [];
    for (const storage of ["bonsai", "forest"] as const) {
      const { seconds, mib, head } = await joins(network, source, storage);
      const name = `a joiner (${storage === "bonsai" ? "hospital, Bonsai" : "observer, Forest"}) replays ${head} blocks with ${transactions} registrations`;
      rows.push({ name, value: head / seconds, unit: "blocks/s", rssMiB: mib }, { name: `${name}: ${(bytes / 1e6).toFixed(1)} MB of blocks`, value: bytes / 1e6 / seconds, unit: "MB/s", rssMiB: mib }, { name: `${name}: transactions`, value: transactions / seconds, unit: "tx/s", rssMiB: mib });
    }
    return rows;
  } finally {
    await rpc?.close();
    await network?.stop();
    await rm(dir, { recursive: true, force: true });
    process.off("exit", forget);
  }
}
