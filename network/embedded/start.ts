import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fault } from "../../node-agent/src/model/fault.ts";
import { replay, runChain } from "./chain.ts";
import { hardfork, startEvm } from "./evm.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { JournalHeader } from "./journal-format.ts";
import { lockFolder } from "./lock.ts";
import { answerer } from "./methods.ts";
import { serveRpc } from "./server.ts";

export type EmbeddedChainOptions = {
  /** Folder of the chain; made when missing. One process at a time. */
  readonly dir: string;
  /** TCP port, 0 for a free one. Default 8545. */
  readonly port?: number;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: what the kept chain has, 20251 for a new one. */
  readonly chainId?: number;
  /** Seconds since the epoch. Default: what the kept chain has, the present for a new one. */
  readonly genesisTime?: number;
  /** Default 2 and 5000; see ChainTiming. */
  readonly groupMs?: number;
  readonly heartbeatMs?: number;
  readonly now?: () => number;
  readonly warn?: (message: string) => void;
};

export type EmbeddedChain = {
  readonly url: string;
  readonly chainId: number;
  readonly genesisHash: string;
  /** What was found in the folder and replayed. */
  readonly replayed: { readonly blocks: number; readonly transactions: number; readonly tornBytes: number };
  /** Stops taking requests, ends the block under way, syncs and gives the folder free. */
  close(): Promise<void>;
};

const blockGasLimit = 200_000_000;

function settle(journal: Journal, options: EmbeddedChainOptions, now: number): JournalHeader {
  const first = journal.records().next();
  if (first.done !== true && first.value.kind === "header") {
    const kept = first.value.header;
    for (const field of ["chainId", "genesisTime"] as const) {
      const asked = options[field];
      if (asked !== undefined && asked !== kept[field]) throw fault("CHAIN_CONFIG_CHANGED", { field, kept: String(kept[field]), asked: String(asked) });
    }
    return kept;
  }
  const header: JournalHeader = {
    format: 1,
    chainId: options.chainId ?? 20251,
    genesisTime: options.genesisTime ?? Math.floor(now / 1000),
    gasLimit: blockGasLimit,
    hardfork,
  };
  journal.append([{ kind: "header", header }]);
  return header;
}

/**
 * Starts the embedded chain: execution by EDR in this process, durability by an own journal of raw transactions that is replayed at start.
 * Gas is free and nobody is funded. Throws CHAIN_LOCKED, CHAIN_CONFIG_CHANGED, CHAIN_JOURNAL_DAMAGED, CHAIN_REPLAY_MISMATCH, CHAIN_PORT_IN_USE.
 */
export async function startEmbeddedChain(options: EmbeddedChainOptions): Promise<EmbeddedChain> {
  const now = options.now ?? Date.now;
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    const lock = lockFolder(options.dir);
    closers.push(() => lock.release());
    const journal = openJournal(join(options.dir, "journal"));
    closers.push(() => journal.close());
    const header = settle(journal, options, now());
    const evm = await startEvm(header);
    const replayed = await replay(evm, journal.records());
    const timing = { groupMs: options.groupMs ?? 2, heartbeatMs: options.heartbeatMs ?? 5000, now, warn: options.warn ?? (() => {}) };
    const chain = await runChain(evm, journal, timing);
    closers.push(() => chain.close());
    const genesis = (await evm.call("eth_getBlockByNumber", ["0x0", false])) as { hash: string };
    const version = String(await evm.call("web3_clientVersion"));
    const server = await serveRpc({ host: options.host ?? "127.0.0.1", port: options.port ?? 8545 }, answerer(evm, chain, `fiducial-embedded/${version}`));
    closers.push(() => server.close());
    return { url: server.url, chainId: header.chainId, genesisHash: genesis.hash, replayed: { ...replayed, tornBytes: journal.tornBytes }, close };
  } catch (error) {
    await close();
    throw error;
  }
}
