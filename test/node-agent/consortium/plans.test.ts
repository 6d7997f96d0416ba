import test, { type ExecutionContext } from "ava";
import { createCandidates } from "../../../node-agent/src/consortium/candidates.ts";
import { type NodeState, planNodes } from "../../../node-agent/src/consortium/plan-nodes.ts";
import { planVotes, type VoteState } from "../../../node-agent/src/consortium/plan-votes.ts";
import { createQuarantine } from "../../../node-agent/src/consortium/quarantine.ts";
import { rosterOf } from "../../../node-agent/src/consortium/roster.ts";
import type { Address } from "../../../node-agent/src/model/ids.ts";
import { member, newNode } from "./registry.ts";

const four = () => [1, 2, 3, 4].map((port) => newNode(port)) as [ReturnType<typeof newNode>, ReturnType<typeof newNode>, ReturnType<typeof newNode>, ReturnType<typeof newNode>];

test("a node that has what the registry says is left alone", (t) => {
  const [a, b, c, d] = four();
  const roster = rosterOf({ members: [a, b, c, d].map((one, i) => member(i + 1, [one.entry])) });
  const others = [b, c, d].map((one) => one.endpoint);
  const plan = planNodes(roster, { self: a.endpoint, reachable: others, allowlist: others, peers: [b, c, d].map((one) => one.peer(7)), staticNodes: others, validators: [], quarantined: new Set() });
  t.deepEqual(plan, { disallow: [], allow: [], eject: [], connect: [], staticNodes: null, tolerated: [] });
});

test("an expelled member is taken off, ejected, and out of the static nodes, though it is still a validator; a stranger's key is ejected whatever its address", (t) => {
  const [a, b, c, d] = four();
  const roster = rosterOf({ members: [member(1, [a.entry]), member(2, [b.entry]), member(3, [c.entry]), member(4, [d.entry], { status: "expelled" })] });
  const stranger = { ...newNode(9).endpoint, host: b.endpoint.host, port: b.endpoint.port, latestBlock: 5 };
  const state: NodeState = {
    self: a.endpoint,
    reachable: [b.endpoint, c.endpoint],
    allowlist: [b.endpoint, c.endpoint, d.endpoint],
    staticNodes: [b.endpoint, c.endpoint, d.endpoint],
    peers: [c.peer(5), d.peer(5), stranger],
    validators: [a, b, c, d].map((one) => one.address),
    quarantined: new Set(),
  };
  const plan = planNodes(roster, state);
  t.deepEqual(plan.disallow, [d.endpoint]);
  t.deepEqual(plan.eject.map(({ key, why }) => [key, why]), [[d.key, "banned"], [stranger.key, "stranger"]]);
  t.deepEqual(plan.staticNodes, [b.endpoint, c.endpoint]);
  t.deepEqual(plan.connect, [b.endpoint]);
});

test("a validator in nobody's entry stays until it is voted out; any listed node stays while an active hospital has named none", (t) => {
  const [a, b, c, d] = four();
  const base = { self: a.endpoint, reachable: [b.endpoint], allowlist: [b.endpoint, c.endpoint, d.endpoint], staticNodes: null, peers: [c.peer(1), d.peer(1)], quarantined: new Set<string>() };
  const settled = planNodes(rosterOf({ members: [member(1, [a.entry]), member(2, [b.entry])] }), { ...base, validators: [c.address] });
  t.deepEqual(settled.tolerated, [c.endpoint]);
  t.deepEqual(settled.disallow, [d.endpoint]);
  t.deepEqual(settled.eject.map(({ key }) => key), [d.key]);
  const founding = planNodes(rosterOf({ members: [member(1, [a.entry]), member(2, [b.entry]), member(3, [])] }), { ...base, validators: [] });
  t.deepEqual(founding.tolerated, [c.endpoint, d.endpoint]);
  t.deepEqual(founding.disallow, []);
});

test("a moved node is replaced, and one whose name leads nowhere now is not forgotten", (t) => {
  const [a, b, c] = four();
  const moved = { ...b.endpoint, host: "10.0.0.9" };
  const roster = rosterOf({ members: [member(1, [a.entry]), member(2, [{ ...b.entry, host: moved.host }]), member(3, [c.entry])] });
  const plan = planNodes(roster, { self: a.endpoint, reachable: [moved], allowlist: [b.endpoint, c.endpoint], staticNodes: [c.endpoint], peers: [], validators: [], quarantined: new Set() });
  t.deepEqual(plan.disallow, [b.endpoint]);
  t.deepEqual(plan.allow, [moved]);
  t.deepEqual(plan.staticNodes, [moved, c.endpoint]);
});

test("an address that a stranger took from a stopped member is kept off for a while, longer each time, never a connected member's", (t) => {
  const [, b, c] = four();
  const quarantine = createQuarantine();
  const onB = { ...newNode(9).endpoint, host: b.endpoint.host, port: b.endpoint.port, latestBlock: null };
  const onC = { ...newNode(9).endpoint, host: c.endpoint.host, port: c.endpoint.port, latestBlock: null };
  const listed = [b.endpoint, c.endpoint];
  const endpoint = `${b.endpoint.host}:${b.endpoint.port}`;
  t.deepEqual(quarantine.told([onB, onC], listed, [c.peer(1)], 0), [endpoint]);
  t.true(quarantine.present(59_999).has(endpoint));
  t.false(quarantine.present(60_000).has(endpoint));
  quarantine.told([onB], listed, [], 60_000);
  t.true(quarantine.present(179_999).has(endpoint));
  quarantine.told([], listed, [b.peer(1)], 200_000);
  quarantine.told([onB], listed, [], 300_000);
  t.false(quarantine.present(360_000).has(endpoint), "it was itself in between: counted anew");
});

const vote = (t: ExecutionContext, roster: ReturnType<typeof rosterOf>, state: VoteState, add: boolean, validator: Address): void => {
  t.deepEqual(planVotes(roster, state).wish, { validator, add });
};

test("one vote at a time, removals first; an achieved or foreign wish is taken back; what is wished already is not wished again", (t) => {
  const [a, b, c, d] = four();
  const fresh = newNode(5);
  const roster = rosterOf({ members: [member(1, [a.entry]), member(2, [b.entry]), member(3, [c.entry]), member(4, [d.entry], { status: "expelled" }), member(5, [fresh.entry])] });
  const validators = [a, b, c, d].map((one) => one.address);
  const state: VoteState = { validators, live: new Set(validators), self: a.address, proven: new Set([fresh.address]), wishes: new Map() };
  vote(t, roster, state, false, d.address);
  t.is(planVotes(roster, { ...state, wishes: new Map([[d.address, false]]) }).wish, null);
  const foreign = planVotes(roster, { ...state, wishes: new Map([[c.address, false], [b.address, true]]) });
  t.deepEqual([...foreign.forget].sort(), [b.address, c.address].sort());
  const without = [a, b, c].map((one) => one.address);
  vote(t, roster, { ...state, validators: without, live: new Set(without) }, true, fresh.address);
  const done = planVotes(roster, { ...state, validators: [...without, fresh.address], wishes: new Map([[fresh.address, true]]) });
  t.deepEqual([done.wish, done.forget], [null, [fresh.address]]);
});

test("an unproven candidate waits; a plain node casts nothing; an unsafe step is refused with its reason; unknown validators stay while a hospital has named none", (t) => {
  const [a, b, c, d] = four();
  const fresh = newNode(5);
  const roster = rosterOf({ members: [a, b, c, d, fresh].map((one, i) => member(i + 1, [one.entry])) });
  const validators = [a, b, c, d].map((one) => one.address);
  const state: VoteState = { validators, live: new Set(validators), self: a.address, proven: new Set(), wishes: new Map() };
  t.deepEqual([planVotes(roster, state).wish, planVotes(roster, state).waiting], [null, [fresh.address]]);
  t.is(planVotes(roster, { ...state, proven: new Set([fresh.address]), self: fresh.address }).wish, null);
  const expelled = rosterOf({ members: [member(1, [a.entry]), member(2, [b.entry]), member(3, [c.entry]), member(4, [d.entry], { status: "expelled" })] });
  const weak = planVotes(expelled, { ...state, live: new Set([a.address, d.address]) });
  t.is(weak.wish, null);
  t.is(weak.refused[0]?.reason, `removing ${d.address} would leave 1 of 3 validators signing, 2 are needed`);
  const founding = rosterOf({ members: [member(1, [a.entry]), member(2, [b.entry]), member(3, [c.entry]), member(4, [])] });
  t.deepEqual(planVotes(founding, state), { wish: null, forget: [], refused: [], waiting: [], surplus: [d.address], missing: [] });
  const named = rosterOf({ members: [member(1, [a.entry]), member(2, [b.entry]), member(3, [c.entry])] });
  vote(t, named, state, false, d.address);
});

test("a candidate has proven itself after following the head for so many blocks without a break", (t) => {
  const one = newNode(1);
  const candidates = createCandidates(10);
  candidates.observe([one.address], [one.peer(100)], 100);
  candidates.observe([one.address], [one.peer(107)], 109);
  t.false(candidates.proven().has(one.address));
  candidates.observe([one.address], [one.peer(107)], 110);
  t.true(candidates.proven().has(one.address));
  candidates.observe([one.address], [one.peer(107)], 111);
  t.is(candidates.followed(one.address), 0, "four blocks behind");
  candidates.observe([one.address], [one.peer(112)], 112);
  candidates.observe([one.address], [], 115);
  candidates.observe([one.address], [one.peer(130)], 130);
  t.is(candidates.followed(one.address), 0, "it was away");
  candidates.observe([one.address], [one.peer(null)], 140);
  t.is(candidates.followed(one.address), 0, "it announces no block");
});
