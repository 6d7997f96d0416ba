import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { type BesuNetwork, type BesuNetworkOptions, startBesuNetwork } from "../../../../network/local/besu-network.ts";
import type { BesuNode } from "../../../../network/local/besu-node.ts";
import type { LedgerConfig } from "../../../../node-agent/src/ledger/config.ts";
import type { ContractAddresses } from "../../../../node-agent/src/ledger/contracts.ts";
import { createRpc } from "../../../../node-agent/src/ledger/rpc.ts";
import { createLedgerWriter } from "../../../../node-agent/src/ledger/writer.ts";
import { address, digest } from "../../../../node-agent/src/model/ids.ts";
import type { LedgerWriter } from "../../../../node-agent/src/ports/ledger.ts";
import { deployConsortium } from "../../../../scripts/deploy/consortium.ts";
import { httpRpc } from "../../../../scripts/deploy/http.ts";
import { onlyNetwork } from "./lock.ts";

/** The real contracts on a network of real Besu processes; member N is a hospital with an operator key, the last member an observer. */
export type BesuConsortium = {
  readonly dir: string;
  readonly network: BesuNetwork;
  readonly contracts: ContractAddresses;
  readonly deployedAtBlock: number;
  readonly operatorKeys: readonly Uint8Array[];
  /** What an adapter over this node is configured with. */
  config(node: BesuNode): LedgerConfig;
  /** The outbox of hospital `at` (from 0) over a node; the same `name` is the same file. */
  writer(node: BesuNode, at: number, name: string): LedgerWriter;
  close(): Promise<void>;
};

/** Waits for something that takes its time on a busy machine. Throws after ten minutes. */
export async function until<Value>(what: string, look: () => Promise<Value | null | false>): Promise<Value> {
  const end = performance.now() + 600_000;
  let last: unknown = null;
  while (performance.now() < end) {
    const seen = await look().catch((error: unknown) => {
      last = error;
      return null;
    });
    if (seen !== null && seen !== false) return seen;
    await sleep(100);
  }
  throw new Error(`it never came: ${what}`, { cause: last });
}

export const heightOf = async (node: BesuNode): Promise<number> => Number(await node.ask("eth_blockNumber"));
/** Resolves when the node has passed the block, with its height then. */
export const reaches = (node: BesuNode, block: number): Promise<number> => until(`${node.name} at block ${block}`, async () => ((await heightOf(node)) >= block ? await heightOf(node) : null));

/** The node at a place. */
export function at<Item>(list: readonly Item[], place: number): Item {
  const item = list[place];
  if (item === undefined) throw new Error(`nothing at ${place}`);
  return item;
}

export async function openBesuConsortium(options: Omit<BesuNetworkOptions, "dir"> & { readonly hospitals?: number } = {}): Promise<BesuConsortium> {
  const release = await onlyNetwork();
  const dir = await mkdtemp(join(tmpdir(), "fiducial-besu-"));
  let network: BesuNetwork | null = null;
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0)) await one();
    await network?.stop();
    await rm(dir, { recursive: true, force: true });
    await release();
  };
  try {
    network = await startBesuNetwork({ dir: join(dir, "network"), ...options });
    const { chainId, genesisHash } = network;
    const operatorKeys = Array.from({ length: options.hospitals ?? 2 }, () => randomBytes(32));
    const sha = (text: string) => `0x${createHash("sha256").update(text).digest("hex")}` as const;
    const accountOf = (key: Uint8Array) => privateKeyToAccount(`0x${Buffer.from(key).toString("hex")}`).address;
    const newAddress = () => privateKeyToAccount(generatePrivateKey()).address;
    const { deployedAtBlock, ...addresses } = await deployConsortium({
      rpc: httpRpc(at(network.validators, 0).rpcUrl),
      deployerKey: generatePrivateKey(),
      council: newAddress(),
      reviewers: [],
      timeoutSeconds: 600,
      members: [
        ...operatorKeys.map((key, place) => ({
          kind: "Hospital" as const,
          governor: newAddress(),
          operators: [accountOf(key)],
          profile: { displayName: `Hospital ${place + 1}`, endpoint: `https://hospital-${place + 1}.invalid`, openpgpSha256: sha(`pgp ${place}`), spkiSha256: sha(`tls ${place}`) },
        })),
        { kind: "Observer" as const, governor: newAddress(), operators: [], profile: { displayName: "Regulator", endpoint: "", openpgpSha256: sha("none"), spkiSha256: sha("no key") } },
      ],
    });
    const contracts = Object.fromEntries(Object.entries(addresses).map(([name, where]) => [name, address(where)])) as ContractAddresses;
    const config = (node: BesuNode): LedgerConfig => ({ endpoint: node.rpcUrl, chainId, genesisHash: digest(genesisHash), contracts, pollMs: 100, timeoutMs: 20_000, logsRange: 2000 });
    return {
      dir,
      network,
      contracts,
      deployedAtBlock,
      operatorKeys,
      config,
      writer(node, place, name) {
        const rpc = createRpc({ endpoint: node.rpcUrl, timeoutMs: 20_000, retries: 1 });
        const writer = createLedgerWriter(rpc, config(node), { file: join(dir, `${name}.sqlite`), operatorKey: at(operatorKeys, place), resendMs: 3000 });
        closers.push(() => writer.close(), () => rpc.close());
        return writer;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
