import test from "ava";
import fc from "fast-check";
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

test("the period is the median gap: one late block does not stretch it", (t) => {
  t.is(blockPeriod([block(1, a.address), block(2, b.address), block(3, c.address, { timestamp: 1100 }), block(4, d.address, { timestamp: 1102 })]), 2);
  t.is(blockPeriod([block(1, a.address)]), 1);
});

test("no block for the given periods is a stall, and names who is not connected, who is behind and who has not signed", (t) => {
  const blocks = chain(12);
  const evidence = { blocks, live: new Set([a.address, b.address, c.address]), validators, peers: [b.peer(12), c.peer(3), d.peer(12)], self: a.endpoint, periods: 10, headSeenMs: 0 };
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
  const gone = detectStall({ ...evidence, live: new Set(validators), peers: [b.peer(12)], nowMs: 60_000 });
  t.deepEqual(gone?.silent.map(({ address, why }) => [address, why]), [[c.address, "not connected"], [d.address, "not connected"]]);
  t.is(detectStall({ ...evidence, blocks: [block(0, a.address)], nowMs: 60_000 }), null, "a chain that has not begun is no stall");
});

test("who proposed in the window or sealed a recent block is live; an older proposal is not", (t) => {
  const live = liveSigners([{ address: a.address, proposed: 2, lastProposed: 30 }, { address: b.address, proposed: 1, lastProposed: 3 }, { address: c.address, proposed: 0, lastProposed: 0 }], 20, [block(31, a.address, { sealers: [d.address] })]);
  t.deepEqual([...live].sort(), [a.address, d.address].sort());
});

test("whoever let its turn pass after its last signature is not live, though it proposed a moment ago; a seal in the same block or later makes it so again", (t) => {
  const order = [...validators].sort();
  const [one, two, three, four] = order as [Address, Address, Address, Address];
  const at = (number: number, proposer: Address, sealers: Address[]) => block(number, proposer, { sealers, validators: order });
  const before = [at(1, one, [one, two, three]), at(2, two, [two, three, four]), at(3, three, [two, three, four])];
  const lately = [{ address: four, proposed: 3, lastProposed: 0 }, { address: two, proposed: 3, lastProposed: 2 }];
  t.deepEqual([...liveSigners(lately, 1, before)].sort(), order);
  const passed = [...before, at(4, one, [one, two, three])];
  t.deepEqual([...liveSigners(lately, 1, passed)].sort(), [one, two, three].sort());
  t.deepEqual([...liveSigners(lately, 1, [...before, at(4, one, [one, two, four])])].sort(), order, "slow, and there");
  t.deepEqual([...liveSigners(lately, 1, [...passed, at(5, two, [two, three, four])])].sort(), order);
  t.deepEqual([...liveSigners([], 1, [...before, at(5, one, [one, two, three])])].sort(), order, "over a gap in what we have of the chain nothing is concluded");
});

test("of any number of validators those that live are live, and those dead for a whole round of turns are not", (t) => {
  const place = (n: number): Address => `0x${n.toString(16).padStart(40, "0")}` as Address;
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 10 }), fc.infiniteStream(fc.nat()), fc.nat(), (n, random, when) => {
      const all = Array.from({ length: n }, (_, i) => place(i + 1));
      const dead = new Set(all.slice(0, Math.floor((n - 1) / 3)));
      const dies = 1 + (when % 20);
      const length = dies + 2 * n;
      const blocks: SealedBlock[] = [];
      let turn = 0;
      for (let number = 1; number <= length; number++) {
        const up = all.filter((one) => number < dies || !dead.has(one));
        while (!up.includes(all[turn % n] as Address)) turn++;
        const shuffled = up.map((one) => [random.next().value as number, one] as const).sort(([x], [y]) => x - y).map(([, one]) => one);
        blocks.push(block(number, all[turn % n] as Address, { validators: all, sealers: shuffled.slice(0, Math.ceil((2 * n) / 3)) }));
        turn++;
      }
      const from = length - 2 * n + 1;
      const activity = all.map((address) => ({ address, proposed: 1, lastProposed: Math.max(0, ...blocks.filter(({ proposer }) => proposer === address).map(({ number }) => number)) }));
      const live = liveSigners(activity, from, blocks.slice(-20));
      t.deepEqual([...live].sort(), all.filter((one) => !dead.has(one)).sort());
    }),
  );
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
