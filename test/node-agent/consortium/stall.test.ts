import test from "ava";
import { blockPeriod, detectStall } from "../../../node-agent/src/consortium/stall.ts";
import { liveSigners } from "../../../node-agent/src/consortium/live-signers.ts";
import { createVotesCast } from "../../../node-agent/src/consortium/votes-cast.ts";
import type { Address } from "../../../node-agent/src/model/ids.ts";
import type { SealedBlock } from "../../../node-agent/src/ports/node-admin.ts";
import { newNode } from "./registry.ts";

const nodes = [1, 2, 3, 4].map((port) => newNode(port));
const [a, b, c, d] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
const validators = nodes.map(({ address }) => address);
const block = (number: number, proposer: Address, over: Partial<SealedBlock> = {}): SealedBlock => ({ number, timestamp: 1000 + 2 * number, proposer, validators, vote: null, sealers: [], ...over });
const chain = (count: number) => Array.from({ length: count }, (_, i) => block(i + 1, validators[i % 4] as Address));
const activity = (...of: Address[]) => of.map((address) => ({ address, proposed: 3, lastProposed: 12 }));

test("the period is the median gap: one late block does not stretch it", (t) => {
  t.is(blockPeriod([block(1, a.address), block(2, b.address), block(3, c.address, { timestamp: 1100 }), block(4, d.address, { timestamp: 1102 })]), 2);
  t.is(blockPeriod([block(1, a.address)]), 1);
});

test("no block for the given periods is a stall, and names who is not connected, who is behind and who has not signed", (t) => {
  const blocks = chain(12);
  const evidence = { blocks, activity: activity(a.address, b.address, c.address), validators, peers: [b.peer(12), c.peer(3), d.peer(12)], self: a.endpoint, periods: 10, headSeenMs: 0 };
  t.is(detectStall({ ...evidence, nowMs: 19_000 }), null);
  t.deepEqual(detectStall({ ...evidence, nowMs: 20_000 }), {
    head: 12,
    seconds: 20,
    validators: 4,
    quorum: 3,
    reachable: 2,
    silent: [
      { address: c.address, why: "is behind" },
      { address: d.address, why: "has not signed lately" },
    ],
  });
  const gone = detectStall({ ...evidence, activity: activity(...validators), peers: [b.peer(12)], nowMs: 60_000 });
  t.deepEqual(gone?.silent.map(({ address, why }) => [address, why]), [[c.address, "not connected"], [d.address, "not connected"]]);
  t.is(detectStall({ ...evidence, blocks: [block(0, a.address)], nowMs: 60_000 }), null, "a chain that has not begun is no stall");
});

test("who proposed in the window or sealed a recent block is live; an older proposal is not", (t) => {
  const live = liveSigners([{ address: a.address, proposed: 2, lastProposed: 30 }, { address: b.address, proposed: 1, lastProposed: 3 }, { address: c.address, proposed: 0, lastProposed: 0 }], 20, [block(31, a.address, { sealers: [d.address] })]);
  t.deepEqual([...live].sort(), [a.address, d.address].sort());
});

test("votes are counted from blocks, once per proposer, its last word, until the validators change", (t) => {
  const cast = createVotesCast();
  const fresh = newNode(5).address;
  const voting = (number: number, proposer: Address, add: boolean, over: Partial<SealedBlock> = {}) => cast.see(block(number, proposer, { vote: { block: number, proposer, subject: fresh, add }, ...over }));
  voting(1, a.address, true);
  voting(2, b.address, true);
  voting(2, c.address, true);
  voting(3, a.address, true);
  t.deepEqual(cast.open(), [{ validator: fresh, add: true, castBy: [a.address, b.address].sort(), needed: 3 }]);
  voting(4, b.address, false);
  t.deepEqual(cast.open()[0]?.castBy, [a.address]);
  cast.see(block(5, c.address, { validators: [...validators, fresh] }));
  t.deepEqual(cast.open(), []);
});
