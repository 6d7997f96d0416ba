import test from "ava";
import { isFault } from "../../../node-agent/src/model/fault.ts";
import { address, type Digest, digest } from "../../../node-agent/src/model/ids.ts";
import { createPoller, type Poller } from "../../../node-agent/src/ledger/poller.ts";
import { fault } from "../../../node-agent/src/model/fault.ts";
import type { Rpc } from "../../../node-agent/src/ledger/rpc.ts";

const contract = address(`0x${"11".repeat(20)}`);
const hashOf = (number: number, branch = 0): Digest => digest(`0x${branch.toString(16).padStart(2, "0")}${number.toString(16).padStart(62, "0")}`);
const hex = (value: number): string => `0x${value.toString(16)}`;

/** A chain as a table: which blocks carry how many logs. Answers as a node does, with the faults it is told to have. */
type Table = { head: number; logs: Map<number, number>; branch: number; limit: number; asked: [number, number][]; alter: (logs: Record<string, unknown>[]) => unknown };

function nodeOf(table: Table): Rpc {
  const one = (method: string, params: readonly unknown[]): unknown => {
    if (method === "eth_blockNumber") return hex(table.head);
    if (method === "eth_getBlockByNumber") {
      const number = Number(params[0]);
      return number > table.head ? null : { number: hex(number), hash: hashOf(number, table.branch), timestamp: hex(1000 + number) };
    }
    const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
    const [from, to] = [Number(fromBlock), Number(toBlock)];
    table.asked.push([from, to]);
    const refused = (reason: string): Error => fault("LEDGER_RPC_ERROR", { method, rpcCode: -32000, reason });
    if (to > table.head) throw refused("Block not found");
    if (to - from + 1 > table.limit) throw refused("range too large");
    const logs: Record<string, unknown>[] = [];
    for (const [number, count] of table.logs) {
      for (let i = 0; number >= from && number <= to && i < count; i++) {
        logs.push({ address: contract, topics: [], data: "0x", blockNumber: hex(number), blockHash: hashOf(number, table.branch), logIndex: hex(i), transactionHash: hashOf(number), removed: false });
      }
    }
    return table.alter(logs);
  };
  const call: Rpc["call"] = async (method, params) => one(method, params);
  const callAll: Rpc["callAll"] = async (calls) => calls.map(({ method, params }) => one(method, params));
  return { call, callAll, ask: async (method, params) => ({ result: one(method, params) }), askAll: async (calls) => calls.map(({ method, params }) => ({ result: one(method, params) })), close: async () => {} };
}

function setUp(change: Partial<Table> = {}, logsRange = 2000): { table: Table; poller: Poller } {
  const table: Table = { head: 10, logs: new Map(), branch: 0, limit: 5000, asked: [], alter: (logs) => logs, ...change };
  const poller = createPoller(nodeOf(table), {
    contracts: [contract],
    decode: (log, timestamp) => ({ kind: "Unknown", contract: log.address, topics: log.topics, data: log.data, block: log.block, timestamp, logIndex: log.logIndex, transaction: log.transaction }),
    logsRange,
    pollMs: 1,
  });
  return { table, poller };
}

const signal = new AbortController().signal;
async function read(poller: Poller, from: number): Promise<[number, number][]> {
  const seen: [number, number][] = [];
  for await (const { block, events } of poller.batches(from, signal)) {
    for (const event of events) if (event.block !== block.number || event.timestamp !== block.timestamp) throw new Error("an event of another block");
    seen.push([block.number, events.length]);
  }
  return seen;
}

test("blocks with events in order, and the last of a range; nothing when there is nothing", async (t) => {
  const { poller } = setUp({ logs: new Map([[2, 3], [5, 1]]) });
  t.deepEqual(await read(poller, 0), [[2, 3], [5, 1], [10, 0]]);
  t.deepEqual(await read(poller, 11), []);
});

test("ranges are never past the head and never overlap, whatever the node can bear", async (t) => {
  const logs = new Map(Array.from({ length: 100 }, (_, i) => [i * 10, 2] as const));
  const { table, poller } = setUp({ head: 1000, logs, limit: 70 });
  const seen = await read(poller, 0);
  t.is(seen.reduce((sum, [, events]) => sum + events, 0), 200);
  t.deepEqual([...seen].sort(([a], [b]) => a - b), seen);
  t.true(table.asked.every(([, to]) => to <= 1000));
  const taken = table.asked.filter(([from, to]) => to - from + 1 <= 70);
  t.is(new Set(taken.map(([from]) => from)).size, taken.length, "no range twice");
});

test("a node that refuses even one block is a fault, not a loop", async (t) => {
  const { poller } = setUp({ limit: 0 });
  t.true(isFault(await t.throwsAsync(read(poller, 0)), "LEDGER_RPC_ERROR"));
});

test("new blocks during reading are taken along", async (t) => {
  const { table, poller } = setUp({ logs: new Map([[3, 1], [12, 1]]) }, 5);
  const seen: number[] = [];
  for await (const { block } of poller.batches(0, signal)) {
    seen.push(block.number);
    table.head = 14;
  }
  t.deepEqual(seen, [3, 4, 9, 12, 14]);
});

const lies: [string, (logs: Record<string, unknown>[]) => unknown][] = [
  ["doubled logs", (logs) => [...logs, ...logs]],
  ["logs out of order", (logs) => [...logs].reverse()],
  ["a log outside the range", (logs) => [...logs, { ...logs[0], blockNumber: "0xb" }]],
  ["a log of a foreign contract", (logs) => logs.map((log) => ({ ...log, address: `0x${"22".repeat(20)}` }))],
  ["a removed log", (logs) => logs.map((log) => ({ ...log, removed: true }))],
  ["no list", () => ({})],
];
for (const [what, alter] of lies) {
  test(`${what}: no answer, and nothing is passed on`, async (t) => {
    const { poller } = setUp({ logs: new Map([[2, 2], [4, 1]]), alter });
    const seen: unknown[] = [];
    const error = await t.throwsAsync(async () => {
      for await (const batch of poller.batches(0, signal)) seen.push(batch);
    });
    t.true(isFault(error, "LEDGER_BAD_ANSWER"));
    t.deepEqual(seen, []);
  });
}

test("logs of another branch than the blocks are an alarm", async (t) => {
  const { poller } = setUp({ logs: new Map([[2, 1]]), alter: (logs) => logs.map((log) => ({ ...log, blockHash: hashOf(2, 9) })) });
  t.true(isFault(await t.throwsAsync(read(poller, 0)), "LEDGER_REORG"));
});

test("a chain replaced or cut since the last reading is an alarm", async (t) => {
  const { table, poller } = setUp({ logs: new Map([[2, 1]]) });
  await read(poller, 0);
  table.head = 12;
  t.deepEqual(await read(poller, 11), [[12, 0]]);
  table.branch = 1;
  t.true(isFault(await t.throwsAsync(read(poller, 13)), "LEDGER_REORG"));
  table.branch = 0;
  table.head = 3;
  t.true(isFault(await t.throwsAsync(read(poller, 13)), "LEDGER_REORG"));
});
