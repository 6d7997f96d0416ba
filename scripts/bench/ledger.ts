import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Abi, type AbiEvent, decodeEventLog, encodeAbiParameters, encodeEventTopics } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { decodeLog } from "web3-eth-abi";
import { startEmbeddedChain } from "../../network/embedded/start.ts";
import { accessLedgerAbi } from "../../node-agent/src/ledger/abi.generated.ts";
import { type ContractAddresses, contractNames, eventsOf } from "../../node-agent/src/ledger/contracts.ts";
import { createDecoder, parseLog } from "../../node-agent/src/ledger/decode.ts";
import { createOutbox } from "../../node-agent/src/ledger/outbox.ts";
import { openOutboxStore } from "../../node-agent/src/ledger/outbox-store.ts";
import { createRpc, type Rpc } from "../../node-agent/src/ledger/rpc.ts";
import { createSigner } from "../../node-agent/src/ledger/sign.ts";
import { type Address, address } from "../../node-agent/src/model/ids.ts";
import type { BenchRow } from "./row.ts";

/** Constructor code that leaves one STOP as the contract. */
const stopCode = "0x6001600c60003960016000f300";
const rssMiB = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);
const word = (): `0x${string}` => `0x${randomBytes(32).toString("hex")}`;

/** Calls per second of `work`, run for each of `items`. */
function rate<Item>(items: readonly Item[], work: (item: Item) => unknown): number {
  const start = performance.now();
  for (const item of items) work(item);
  return Math.round((items.length / (performance.now() - start)) * 1000);
}

/** Events per second from a node's JSON log to a typed event, against web3's and viem's decoders alone on the same logs. */
function decoding(count = 50_000): BenchRow[] {
  const contracts = Object.fromEntries(contractNames.map((name, i) => [name, address(`0x${String(i + 1).repeat(40)}`)])) as ContractAddresses;
  const event = eventsOf("accessLedger").find(({ name }) => name === "AccessRequested") as unknown as AbiEvent;
  const plain = event.inputs.filter(({ indexed }) => indexed !== true);
  const logs = Array.from({ length: count }, (_, i) => {
    const args: Record<string, unknown> = { requestId: word(), studyId: word(), requester: 2, patient: contracts.accessLedger, custodian: 1, purpose: 0, outcome: 1, reason: 0, emergency: false, dueBy: i };
    return {
      address: contracts.accessLedger,
      topics: encodeEventTopics({ abi: [event] as Abi, eventName: "AccessRequested", args }) as [`0x${string}`],
      data: encodeAbiParameters(plain, plain.map(({ name }) => args[name ?? ""])),
      blockNumber: `0x${i.toString(16)}`,
      blockHash: word(),
      logIndex: "0x0",
      transactionHash: word(),
    };
  });
  const decode = createDecoder(contracts);
  const ours = (): number => rate(logs, (log) => decode(parseLog(log), 1));
  ours();
  const own = ours();
  const inputs = event.inputs as unknown as Parameters<typeof decodeLog>[0];
  const few = logs.slice(0, count / 10);
  const web3 = rate(few, ({ data, topics }) => decodeLog(inputs, data, topics.slice(1)));
  const viem = rate(few, ({ data, topics }) => decodeEventLog({ abi: accessLedgerAbi as Abi, data, topics }));
  const row = (peer: string, peerValue: number): BenchRow => ({ name: "event decoding", value: own, unit: "events/s", peer, peerValue, ratio: own / peerValue, rssMiB: rssMiB() });
  return [row("web3-eth-abi", web3), row("viem", viem)];
}

/** A contract that does nothing: the outbox sends to contracts only. Gives its address. */
async function silentContract(rpc: Rpc, chainId: number): Promise<Address> {
  const account = privateKeyToAccount(word());
  const raw = await account.signTransaction({ type: "eip1559", chainId, nonce: 0, gas: 100_000n, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, data: stopCode });
  const hash = await rpc.call("eth_sendRawTransaction", [raw]);
  for (;;) {
    const receipt = (await rpc.call("eth_getTransactionReceipt", [hash])) as { readonly contractAddress: string } | null;
    if (receipt !== null) return address(receipt.contractAddress.toLowerCase());
    await sleep(20);
  }
}

/** Writes per second through the outbox onto the embedded chain (estimate, sign, keep, send, receipt), against the same signed bytes sent bare. */
async function writing(count = 300): Promise<BenchRow[]> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-bench-"));
  const chain = await startEmbeddedChain({ dir: join(dir, "chain"), port: 0 });
  const rpc = createRpc({ endpoint: chain.url, timeoutMs: 10_000, retries: 0 });
  try {
    const bareSigner = createSigner(randomBytes(32), chain.chainId);
    const bytes = Array.from({ length: count }, (_, nonce) => bareSigner.sign({ nonce, gas: 60_000, to: bareSigner.address, data: "0x01" }).raw);
    let start = performance.now();
    await Promise.all(bytes.map((raw) => rpc.call("eth_sendRawTransaction", [raw])));
    const bare = Math.round((count / (performance.now() - start)) * 1000);

    const signer = createSigner(randomBytes(32), chain.chainId);
    const store = openOutboxStore(join(dir, "outbox.sqlite"), { chainId: chain.chainId, genesisHash: chain.genesisHash, operator: signer.address });
    const outbox = createOutbox({ rpc, store, signer, pollMs: 20 });
    const to = await silentContract(rpc, chain.chainId);
    start = performance.now();
    await Promise.all(Array.from({ length: count }, (_, i) => outbox.submit(`k${i}`, { kind: "note", to, data: "0x01" })));
    const together = Math.round((count / (performance.now() - start)) * 1000);
    start = performance.now();
    for (let i = 0; i < 50; i++) await outbox.submit(`one ${i}`, { kind: "note", to, data: "0x01" });
    const alone = (performance.now() - start) / 50;
    outbox.close();
    return [
      { name: "outbox, many at once", value: together, unit: "tx/s", peer: "signed bytes sent bare", peerValue: bare, ratio: together / bare, rssMiB: rssMiB() },
      { name: "outbox, one after another", value: Math.round(alone * 10) / 10, unit: "ms/tx", rssMiB: rssMiB() },
    ];
  } finally {
    await rpc.close();
    await chain.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Ledger adapter alone: decoding of events, and writes through the outbox onto the embedded chain. */
export async function run(): Promise<BenchRow[]> {
  return [...decoding(), ...(await writing())];
}
