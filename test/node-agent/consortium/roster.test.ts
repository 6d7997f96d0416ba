import test from "ava";
import { enodeUrl, nodeAddress, parseEnode } from "../../../node-agent/src/consortium/enode.ts";
import { rosterOf } from "../../../node-agent/src/consortium/roster.ts";
import { member, newNode } from "./registry.ts";

test("an enode is read as Besu writes it, and its address is the validator's", (t) => {
  // From besu public-key export-address of a test key generated for this vector.
  const key = "889a78d0208ed8e8ba76b6bd9c1462c687f1e225d943d536ab4368b4a9b74e8cedc8c8598635a537b07dea0b5e830eb502743748982fa7343f4f77a1629d2b6c";
  t.is<string, string>(nodeAddress(key), "0x14a99002fdb639acb7c055ee2fe57e741d7a3ee6");
  t.deepEqual(parseEnode(`enode://${key.toUpperCase()}@127.0.0.1:18901?discport=0`), { key, host: "127.0.0.1", port: 18_901 });
  t.is(enodeUrl({ key, host: "::1", port: 1 }), `enode://${key}@[::1]:1`);
  t.deepEqual(parseEnode(`enode://${key}@[::1]:1`), { key, host: "::1", port: 1 });
  for (const bad of ["", "enode://aa@127.0.0.1:1", `enode://${key}@127.0.0.1:0`, `enode://${key}@127.0.0.1:65536`, `enode://${key}@evil host:1`, `enode://${key}@a"b:1`, `http://${key}@a:1`]) t.is(parseEnode(bad), null, bad);
});

test("nodes of active members count, those of suspended and expelled ones are banned, an active member's word for a key wins", (t) => {
  const [one, two, three, observer] = [newNode(1), newNode(2), newNode(3), newNode(4)];
  const roster = rosterOf({
    members: [member(1, [one.entry]), member(2, [two.entry], { status: "suspended" }), member(3, [three.entry, one.entry], { status: "expelled" }), member(4, [observer.entry], { kind: "observer" }), member(5, [])],
  });
  t.deepEqual([...roster.nodes.keys()], [one.key, observer.key]);
  t.deepEqual([...roster.banned.keys()].sort(), [two.key, three.key].sort());
  t.deepEqual([...roster.validators.keys()], [one.address]);
  t.deepEqual(roster.nameless, [5]);
  t.true(roster.notes.some((note) => note.includes("member 4 is an observer")));
});

test("one institution, one validator; a second one only while one member at a time rotates its key, never a third", (t) => {
  const nodes = [1, 2, 3, 4, 5].map((port) => newNode(port));
  const [a1, a2, a3, b1, b2] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
  const roster = rosterOf({ members: [member(2, [b1.entry, b2.entry]), member(1, [a1.entry, a2.entry, a3.entry])] });
  t.deepEqual([...roster.validators.keys()], [a1.address, a2.address, b1.address]);
  t.true(roster.notes.some((note) => note.includes("member 2") && note.includes("waits")));
  t.true(roster.notes.some((note) => note.includes("member 1 lists more than two")));
});

test("a second validator that sat at the founding is no rotation: it stays, and another member rotates its key meanwhile", (t) => {
  const [a1, a2, a3, b1, b2] = [1, 2, 3, 4, 5].map((port) => newNode(port)) as [ReturnType<typeof newNode>, ReturnType<typeof newNode>, ReturnType<typeof newNode>, ReturnType<typeof newNode>, ReturnType<typeof newNode>];
  const founded = new Set([a1.address, a2.address, b1.address]);
  const wanted = (a: (typeof a1)[], b: (typeof a1)[]) => {
    const { validators, notes } = rosterOf({ members: [member(1, a.map(({ entry }) => entry)), member(2, b.map(({ entry }) => entry))] }, founded);
    return { validators: [...validators.keys()], notes };
  };
  t.deepEqual(wanted([a1, a2], [b1, b2]), { validators: [a1.address, a2.address, b1.address, b2.address], notes: [] });
  t.deepEqual(wanted([a1, a2], [b2]).validators, [a1.address, a2.address, b2.address], "rotated");
  t.deepEqual(wanted([a1, a2, a3], [b1, b2]).notes, ["member 2 lists a second validator while member 1 rotates its key: it waits"]);
  t.deepEqual(wanted([a1, a2, a3], [b1]).validators, [a1.address, a2.address, a3.address, b1.address]);
  t.deepEqual(wanted([a2], [b1]).validators, [a2.address, b1.address], "a seat given up is given up");
});

test("what cannot be a node is left out and named; a key belongs to the member with the lowest number that lists it", (t) => {
  const good = newNode(1);
  const roster = rosterOf({
    members: [
      member(1, [{ ...newNode(2).entry, host: 'x"]\nnodes' }, { ...newNode(3).entry, enodeKey: "0x12" }]),
      member(2, [good.entry]),
      member(3, [{ ...good.entry, host: "10.9.9.9" }]),
    ],
  });
  t.deepEqual([...roster.nodes.values()].map(({ member: of, host }) => [of, host]), [[2, "10.0.0.1"]]);
  t.is(roster.notes.length, 3);
});
