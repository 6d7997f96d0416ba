import { setTimeout as sleep } from "node:timers/promises";
import { fault, isFault } from "../model/fault.ts";
import type { Address } from "../model/ids.ts";
import type { LedgerEvent } from "../model/ledger-events.ts";
import type { BlockRef, LedgerBatch } from "../ports/ledger.ts";
import { parseBlock, parseQuantity, quantityOf } from "./block.ts";
import { type ChainLog, parseLog } from "./decode.ts";
import type { HeadBell } from "./head-bell.ts";
import type { Rpc } from "./rpc.ts";

export type PollerOptions = {
  readonly contracts: readonly Address[];
  readonly decode: (log: ChainLog, timestamp: number) => LedgerEvent;
  readonly logsRange: number;
  readonly pollMs: number;
  /** Ends a pause early when the node tells of a block; without it pauses last their time. */
  readonly bell?: Pick<HeadBell, "wait">;
};

export type Poller = {
  batches(from: number, signal: AbortSignal): AsyncGenerator<LedgerBatch, void, undefined>;
  waitForBlock(after: number, signal: AbortSignal): Promise<void>;
};

/** Logs per answer above which the next range is made smaller: keeps answers to some megabytes. */
const comfortable = 5000;
const waitLimitMs = 1000;

/** Logs in chain order, each of this range and of these contracts, none twice; anything else is not a node's answer. */
function checked(logs: readonly ChainLog[], from: number, to: number, contracts: ReadonlySet<Address>): void {
  const bad = (reason: string): Error => fault("LEDGER_BAD_ANSWER", { method: "eth_getLogs", reason });
  let last: ChainLog | undefined;
  for (const log of logs) {
    if (log.block < from || log.block > to) throw bad(`a log of block ${log.block} came for blocks ${from} to ${to}`);
    if (!contracts.has(log.address)) throw bad("a log of another contract came");
    if (last !== undefined && (log.block < last.block || (log.block === last.block && log.logIndex <= last.logIndex))) throw bad("logs are doubled or out of order");
    last = log;
  }
}

function grouped(logs: readonly ChainLog[]): Map<number, ChainLog[]> {
  const groups = new Map<number, ChainLog[]>();
  for (const log of logs) {
    const group = groups.get(log.block);
    if (group === undefined) groups.set(log.block, [log]);
    else group.push(log);
  }
  return groups;
}

/** The tail of the chain in bounded ranges. Holds the last block it gave, so that a chain rewritten or cut beneath it is noticed. */
export function createPoller(rpc: Rpc, { contracts, decode, logsRange, pollMs, bell }: PollerOptions): Poller {
  const ours = new Set(contracts);
  let range = logsRange;
  let given: BlockRef | null = null;

  const headNumber = async (signal: AbortSignal): Promise<number> => parseQuantity("eth_blockNumber", await rpc.call("eth_blockNumber", [], signal));

  async function logsOf(from: number, to: number, signal: AbortSignal): Promise<ChainLog[]> {
    const filter = { fromBlock: quantityOf(from), toBlock: quantityOf(to), address: contracts };
    const raw = await rpc.call("eth_getLogs", [filter], signal);
    if (!Array.isArray(raw)) throw fault("LEDGER_BAD_ANSWER", { method: "eth_getLogs", reason: "the logs are no list" });
    const logs = raw.map(parseLog);
    checked(logs, from, to, ours);
    return logs;
  }

  /** One range; when the node refuses or can not manage it, a smaller one, down to a single block. */
  async function nextRange(from: number, head: number, signal: AbortSignal): Promise<{ to: number; logs: ChainLog[] }> {
    for (;;) {
      const to = Math.min(from + range - 1, head);
      try {
        const logs = await logsOf(from, to, signal);
        range = Math.max(1, Math.min(logsRange, logs.length > comfortable ? range >> 1 : range * 2));
        return { to, logs };
      } catch (error) {
        const tooMuch = isFault(error, "LEDGER_RPC_ERROR") || isFault(error, "LEDGER_UNREACHABLE");
        if (!tooMuch || to === from) throw error;
        range = Math.max(1, (to - from + 1) >> 1);
      }
    }
  }

  async function blocksOf(numbers: readonly number[], signal: AbortSignal): Promise<Map<number, BlockRef>> {
    const answers = await rpc.callAll(numbers.map((number) => ({ method: "eth_getBlockByNumber", params: [quantityOf(number), false] })), signal);
    const blocks = new Map<number, BlockRef>();
    numbers.forEach((number, i) => {
      const block = parseBlock(answers[i] ?? null, number);
      if (block === null) throw fault("LEDGER_REORG", { block: number, expected: "present", actual: "missing" });
      blocks.set(number, block);
    });
    return blocks;
  }

  /** The block given last must still be what it was: there is no other way to notice a node whose chain was replaced while we slept. */
  async function requireSame(previous: BlockRef, signal: AbortSignal): Promise<void> {
    const present = (await blocksOf([previous.number], signal)).get(previous.number);
    if (present?.hash !== previous.hash) throw fault("LEDGER_REORG", { block: previous.number, expected: previous.hash, actual: present?.hash ?? "missing" });
  }

  async function* batches(from: number, signal: AbortSignal): AsyncGenerator<LedgerBatch, void, undefined> {
    if (given !== null && given.number === from - 1) await requireSame(given, signal);
    for (let next = from; ; ) {
      const head = await headNumber(signal);
      if (head < next) return;
      const { to, logs } = await nextRange(next, head, signal);
      const groups = grouped(logs);
      if (!groups.has(to)) groups.set(to, []);
      const blocks = await blocksOf([...groups.keys()], signal);
      for (const [number, group] of groups) {
        signal.throwIfAborted();
        const block = blocks.get(number) as BlockRef;
        for (const log of group) {
          if (log.blockHash !== block.hash) throw fault("LEDGER_REORG", { block: number, expected: log.blockHash, actual: block.hash });
        }
        given = block;
        yield { block, events: group.map((log) => decode(log, block.timestamp)) };
      }
      if (to === head) return;
      next = to + 1;
    }
  }

  async function waitForBlock(after: number, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + waitLimitMs;
    do {
      try {
        if ((await headNumber(signal)) > after) return;
      } catch (error) {
        // The caller's next read meets the same trouble and reports it; here only the pause matters.
        signal.throwIfAborted();
        if (!(error instanceof Error && error.name === "Fault")) throw error;
      }
      await (bell?.wait(pollMs, signal) ?? sleep(pollMs, undefined, { signal }));
    } while (performance.now() < deadline);
  }

  return { batches, waitForBlock };
}
