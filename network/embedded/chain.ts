import { fault } from "../../node-agent/src/model/fault.ts";
import type { Evm } from "./evm.ts";
import type { Journal } from "./journal.ts";
import type { JournalRecord } from "./journal-format.ts";

export type ChainTiming = {
  /** Transactions that arrive within this many milliseconds share a block. */
  readonly groupMs: number;
  /** An empty block is made when none was for this many milliseconds, so that the chain's time moves. */
  readonly heartbeatMs: number;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of trouble outside any call (a heartbeat that could not be written). */
  readonly warn: (message: string) => void;
};

export type Chain = {
  /**
   * Puts a raw transaction (0x hex) into the next block and resolves to its hash once the journal holds it on disk and the block is mined.
   * Throws CHAIN_EXECUTION when the pool refuses it, CHAIN_JOURNAL_WRITE when it could not be kept; in both cases it is not in the chain.
   */
  submit(raw: string): Promise<string>;
  /** Number of the latest block. */
  head(): number;
  /** Waits for blocks under way and writes the last hash. */
  close(): Promise<void>;
};

type Waiting = { readonly raw: string; readonly done: (hash: string) => void; readonly fail: (error: unknown) => void };
type MinedBlock = { readonly number: string; readonly hash: string; readonly timestamp: string; readonly transactions: readonly string[] };

/** Transactions held for a missing earlier nonce; beyond this many the pool refuses, as a node's would. */
const poolLimit = 4096;

async function mine(evm: Evm, timestamp: number): Promise<MinedBlock> {
  await evm.call("evm_mine", [timestamp]);
  return (await evm.call("eth_getBlockByNumber", ["latest", false])) as MinedBlock;
}

/** Re-executes the kept blocks. Throws CHAIN_REPLAY_MISMATCH naming the first block whose number or hash is not the kept one. */
export async function replay(evm: Evm, records: Iterable<JournalRecord>): Promise<{ blocks: number; transactions: number }> {
  let transactions = 0;
  let blocks = 0;
  let last: MinedBlock | null = null;
  for (const record of records) {
    if (record.kind === "block") {
      for (const raw of record.transactions) await evm.call("eth_sendRawTransaction", [raw]);
      last = await mine(evm, record.timestamp);
      transactions += record.transactions.length;
      blocks++;
      if (Number(last.number) !== record.number) {
        throw fault("CHAIN_REPLAY_MISMATCH", { block: record.number, kept: `number ${record.number}`, replayed: `number ${Number(last.number)}` });
      }
    } else if (record.kind === "hash" && record.hash !== last?.hash) {
      throw fault("CHAIN_REPLAY_MISMATCH", { block: record.number, kept: record.hash, replayed: last?.hash ?? "nothing" });
    }
  }
  return { blocks, transactions };
}

/** Runs a replayed chain: groups transactions into blocks, journals each block before it is mined, keeps time moving. */
export async function runChain(evm: Evm, journal: Journal, timing: ChainTiming): Promise<Chain> {
  let latest = (await evm.call("eth_getBlockByNumber", ["latest", false])) as MinedBlock;
  let unwritten: JournalRecord[] = latest.number === "0x0" ? [] : [{ kind: "hash", number: Number(latest.number), hash: latest.hash }];
  let waiting: Waiting[] = [];
  let tail: Promise<unknown> = Promise.resolve();
  let heartbeat: NodeJS.Timeout | undefined;
  let broken: unknown = null;
  const pooled = new Set<string>();

  const complain = (error: unknown): void => timing.warn(error instanceof Error ? error.message : String(error));

  const serially = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const run = tail.then(work, work);
    tail = run.catch(() => {});
    return run;
  };

  /** Journal first, then mine: a block that any reader can see is on disk. */
  async function block(transactions: readonly string[]): Promise<void> {
    if (broken !== null) throw broken;
    const number = Number(latest.number) + 1;
    const timestamp = Math.max(Number(latest.timestamp), Math.floor(timing.now() / 1000));
    journal.append([...unwritten, { kind: "block", number, timestamp, transactions }]);
    try {
      latest = await mine(evm, timestamp);
      if (Number(latest.number) !== number) throw fault("CHAIN_REPLAY_MISMATCH", { block: number, kept: `number ${number}`, replayed: `number ${Number(latest.number)}` });
    } catch (error) {
      // The journal now says more than the engine did: only a replay puts them together again.
      broken = error;
      throw error;
    }
    unwritten = [{ kind: "hash", number, hash: latest.hash }];
    for (const hash of latest.transactions) pooled.delete(hash);
    arm();
  }

  function arm(): void {
    clearTimeout(heartbeat);
    heartbeat = setTimeout(() => {
      void serially(() => block([])).catch((error: unknown) => {
        complain(error);
        arm();
      });
    }, timing.heartbeatMs);
  }

  async function admit(entry: Waiting): Promise<string | null> {
    try {
      if (pooled.size >= poolLimit) throw fault("CHAIN_EXECUTION", { method: "eth_sendRawTransaction", reason: "transaction pool is full" });
      const hash = (await evm.call("eth_sendRawTransaction", [entry.raw])) as string;
      pooled.add(hash);
      return hash;
    } catch (error) {
      entry.fail(error);
      return null;
    }
  }

  async function flush(): Promise<void> {
    const entries = waiting;
    waiting = [];
    const admitted: [Waiting, string][] = [];
    for (const entry of entries) {
      const hash = await admit(entry);
      if (hash !== null) admitted.push([entry, hash]);
    }
    if (admitted.length === 0) return;
    try {
      await block(admitted.map(([entry]) => entry.raw));
    } catch (error) {
      for (const [entry, hash] of admitted) {
        pooled.delete(hash);
        await evm.call("hardhat_dropTransaction", [hash]);
        entry.fail(error);
      }
      return;
    }
    for (const [entry, hash] of admitted) entry.done(hash);
    // A block holds what its gas allows; the rest, already journaled, follows at once. A block without any means that the rest waits for
    // earlier nonces.
    while (pooled.size > 0 && latest.transactions.length > 0) await block([]);
  }

  arm();
  return {
    head: () => Number(latest.number),
    submit: (raw) =>
      new Promise((done, fail) => {
        waiting.push({ raw, done, fail });
        if (waiting.length === 1) setTimeout(() => void serially(flush).catch(complain), timing.groupMs);
      }),
    async close() {
      clearTimeout(heartbeat);
      await serially(async () => {
        clearTimeout(heartbeat);
        if (unwritten.length > 0 && broken === null) journal.append(unwritten);
        unwritten = [];
      });
    },
  };
}
