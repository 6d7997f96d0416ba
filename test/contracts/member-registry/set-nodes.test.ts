import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const node = { enodeKey: `0x${"ab".repeat(64)}`, host: "besu.example", port: 30303, validator: true, ipfsPeerId: "12D3peer", clusterPeerId: "12D3cluster" };
const set = (nodes: readonly object[], id = 1, from = w.operator(1)) => w.send(from, w.members, "setNodes", [id, nodes]);

test.serial("replaces the whole list, longer or shorter", async (t) => {
  const two = [node, { ...node, host: "second.example", validator: false }];
  emitted(t, await set(two), "NodesChanged", { id: 1, nodes: two });
  t.deepEqual(await w.read(w.members, "nodes", [1]), two);
  await set([two[1] ?? node]);
  t.deepEqual(await w.read(w.members, "nodes", [1]), [two[1]]);
  await set([]);
  t.deepEqual(await w.read(w.members, "nodes", [1]), []);
});

test.serial("refuses malformed nodes and says which", async (t) => {
  t.deepEqual(await refused(t, "NodeMalformed", set([node, { ...node, enodeKey: "0x00" }])), [1n]);
  t.deepEqual(await refused(t, "NodeMalformed", set([{ ...node, port: 0 }])), [0n]);
  for (const field of ["host", "ipfsPeerId", "clusterPeerId"]) await refused(t, "TextMalformed", set([{ ...node, [field]: "x".repeat(257) }]));
  await refused(t, "TextMalformed", set([{ ...node, host: "" }]));
  await refused(t, "NodesTooMany", set(Array.from({ length: 17 }, () => node)));
});

test.serial("refuses strangers, suspended members and paused writes", async (t) => {
  await refused(t, "CallerNotMember", set([], 2));
  await w.send(w.council, w.members, "suspend", [1]);
  await refused(t, "MemberStatusUnexpected", set([]));
  await w.pause(w.members);
  await refused(t, "WritesArePaused", set([]));
});
