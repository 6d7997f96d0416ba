import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { newIpfsSecrets, prepareSeat } from "../../../network/ipfs/consortium.ts";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { swarmKeyFile } from "../../../network/ipfs/swarm-key.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { endAll, foundSwarm, inventSeat, type Member, memberOn, nothingRuns, type Swarm } from "../../network/ipfs/support/swarm.ts";
import { skipLoudly } from "../../support/skip.ts";

/** Somebody who is no member: with another swarm key, with another cluster secret, and with both right but trusted by nobody. */
const programs = findIpfsPrograms();
const missing = "Kubo and IPFS Cluster are not built (npm run engines)";
let swarm: Swarm | null = null;
const running = nothingRuns();
test.before(async () => {
  if (programs !== null) swarm = await foundSwarm(programs, { members: 2, replication: { min: 2, max: 2 } });
});
test.after.always(async () => {
  await endAll(running);
  await swarm?.close();
});

async function add(member: Member, bytes: number): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([randomBytes(bytes)]));
  return ((await (await fetch(`${member.rpcUrl}/api/v0/add`, { method: "POST", body: form })).json()) as { Hash: string }).Hash;
}

const listed = async (member: Member, cid: string): Promise<boolean> => (await member.rest("GET", `/allocations/${cid}`)).status === 200;
const connected = async (member: Member): Promise<string[]> => ((await member.rpc<{ Peers: { Peer: string }[] | null }>("swarm/peers")).Peers ?? []).map(({ Peer }) => Peer);

test.serial("a Kubo with another swarm key is let in by nobody", async (t) => {
  if (programs === null || swarm === null) return skipLoudly(t, missing);
  const { members, network, dir } = swarm;
  const seat = await inventSeat(dir, 7);
  await prepareSeat(programs, { ...network, swarmKey: newIpfsSecrets().swarmKey }, seat, members.map((one) => one.seat));
  const stranger = memberOn(programs, seat, running);
  await stranger.startKubo();
  for (const { seat: at } of members) {
    const dial = `swarm/connect?arg=/ip4/127.0.0.1/tcp/${at.ports.swarm}/p2p/${at.kubo.peerId}`;
    await t.throwsAsync(stranger.rpc(dial), undefined, "the handshake fails");
  }
  t.deepEqual(await connected(stranger), []);
  for (const member of members) t.false((await connected(member)).includes(seat.kubo.peerId));
  // With the right key the same node is let in: it was the key that kept it out.
  await stranger.kubo().stop();
  await writeFile(join(seat.dir, "kubo", "swarm.key"), swarmKeyFile(network.swarmKey));
  await stranger.startKubo();
  const [first] = members;
  await stranger.rpc(`swarm/connect?arg=/ip4/127.0.0.1/tcp/${first?.seat.ports.swarm}/p2p/${first?.seat.kubo.peerId}`);
  t.true((await connected(stranger)).includes(first?.seat.kubo.peerId ?? ""));
  await stranger.kubo().stop();
});

test.serial("a cluster peer with another secret sees itself and nobody else", async (t) => {
  if (programs === null || swarm === null) return skipLoudly(t, missing);
  const { members, network, dir } = swarm;
  const seat = await inventSeat(dir, 8);
  await prepareSeat(programs, { ...network, clusterSecret: newIpfsSecrets().clusterSecret }, seat, members.map((one) => one.seat));
  const stranger = memberOn(programs, seat, running);
  await stranger.startKubo();
  await stranger.startCluster();
  const peersOf = async (member: Member): Promise<string[]> => ((await (await member.rest("GET", "/id")).json()) as { cluster_peers: string[] }).cluster_peers;
  await eventually("it has tried for a while", 15, async () => ((await fetch(`${stranger.restUrl}/health`)).status === 204 ? true : null));
  await new Promise((wake) => setTimeout(wake, 5000));
  t.deepEqual(await peersOf(stranger), [seat.cluster.peerId]);
  for (const member of members) t.false((await peersOf(member)).includes(seat.cluster.peerId));
  await stranger.cluster().stop();
  await stranger.kubo().stop();
});

test.serial("a peer that holds every secret and is trusted by nobody changes nothing: its pins and its unpins are ignored", async (t) => {
  if (programs === null || swarm === null) return skipLoudly(t, missing);
  t.timeout(360_000);
  const { members, network, dir } = swarm;
  const [one, two] = members;
  if (one === undefined || two === undefined) return t.fail();
  const seat = await inventSeat(dir, 9);
  await prepareSeat(programs, network, seat, members.map((each) => each.seat));
  const stranger = memberOn(programs, seat, running);
  await stranger.startKubo();
  await stranger.startCluster();
  const ours = await add(one, 50_000);
  await eventually("two peers to place on", 60, async () => ((await one.rest("POST", `/pins/${ours}?replication-min=2&replication-max=2`)).ok ? true : null));
  await eventually("both list it", 30, async () => ((await listed(one, ours)) && (await listed(two, ours)) ? true : null));
  // It reads the list: that much a secret buys, and the guides say so.
  await eventually("the stranger reads the list", 150, async () => ((await listed(stranger, ours)) ? true : null));
  t.true((await stranger.rest("DELETE", `/pins/${ours}`)).ok, "it may tell itself whatever it likes");
  const theirs = await add(stranger, 50_000);
  await stranger.rest("POST", `/pins/${theirs}?replication-min=-1&replication-max=-1`);
  await eventually("its own list has changed", 30, async () => ((await listed(stranger, theirs)) && !(await listed(stranger, ours)) ? true : null));
  // Updates between members arrive within a second or two; what has not come after this does not come.
  await new Promise((wake) => setTimeout(wake, 10_000));
  for (const member of members) {
    t.true(await listed(member, ours), "still on the list");
    t.false(await listed(member, theirs), "never on the list");
    await t.notThrowsAsync(member.rpc(`pin/ls?arg=${ours}&type=recursive`), "and still kept");
    await t.throwsAsync(member.rpc(`pin/ls?arg=${theirs}&type=recursive`));
  }
});
