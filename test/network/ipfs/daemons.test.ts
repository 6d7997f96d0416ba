import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test from "ava";
import { prepareSeat } from "../../../network/ipfs/consortium.ts";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { foundSwarm, inventSeat } from "./support/swarm.ts";

const programs = findIpfsPrograms();
const missing = "Kubo and IPFS Cluster are not built (npm run engines)";

test("the configurations are taken by the real daemons: identities known beforehand, a swarm of members only, a pin on two of them", async (t) => {
  if (programs === null) return skipLoudly(t, missing);
  const swarm = await foundSwarm(programs, { members: 2, replication: { min: 2, max: 2 } });
  t.teardown(swarm.close);
  const [one, two] = swarm.members;
  if (one === undefined || two === undefined) return t.fail();
  t.is((await one.rpc<{ ID: string }>("id")).ID, one.seat.kubo.peerId);
  t.deepEqual((await one.rpc<{ Peers: { Peer: string }[] }>("swarm/peers")).Peers.map(({ Peer }) => Peer), [two.seat.kubo.peerId]);
  const identity = async () => (await (await one.rest("GET", "/id")).json()) as { id: string; cluster_peers: string[] };
  t.is((await identity()).id, one.seat.cluster.peerId);
  const both = [one, two].map(({ seat }) => seat.cluster.peerId).sort();
  t.deepEqual(await eventually("the cluster peers see each other", 30, async () => ((await identity()).cluster_peers.length === 2 ? (await identity()).cluster_peers.sort() : null)), both);
  t.is((await fetch(`${one.restUrl}/id`)).status, 401, "nobody without the password");

  const form = new FormData();
  form.append("file", new Blob([new Uint8Array(100_000).fill(7)]));
  const added = await fetch(`${one.rpcUrl}/api/v0/add`, { method: "POST", body: form });
  const { Hash: cid } = (await added.json()) as { Hash: string };
  t.regex(cid, /^bafk/u, "CIDv1 and raw leaves");
  await eventually("two peers to place on", 30, async () => ((await one.rest("POST", `/pins/${cid}`)).ok ? true : null));
  const held = await eventually("both hold it", 30, async () => {
    const { peer_map } = (await (await one.rest("GET", `/pins/${cid}`)).json()) as { peer_map: Record<string, { status: string }> };
    const statuses = Object.values(peer_map).map(({ status }) => status);
    return statuses.filter((status) => status === "pinned").length === 2 ? statuses : null;
  });
  t.is(held.length, 2);
});

test("prepared again, a repository keeps its blocks and takes new settings", async (t) => {
  if (programs === null) return skipLoudly(t, missing);
  const swarm = await foundSwarm(programs, { members: 1, start: false });
  t.teardown(swarm.close);
  const [one] = swarm.members;
  if (one === undefined) return t.fail();
  await one.startKubo();
  const form = new FormData();
  form.append("file", new Blob(["kept"]));
  const { Hash: cid } = (await (await fetch(`${one.rpcUrl}/api/v0/add`, { method: "POST", body: form })).json()) as { Hash: string };
  await one.kubo().stop();
  const other = await inventSeat(swarm.dir, 2);
  await prepareSeat(programs, swarm.network, one.seat, [other]);
  await one.startKubo();
  t.is(await (await fetch(`${one.rpcUrl}/api/v0/block/get?arg=${cid}&offline=true`, { method: "POST" })).text(), "kept");
  const { Peering } = await one.rpc<{ Peering: { Peers: { ID: string }[] } }>("config/show");
  t.deepEqual(Peering.Peers.map(({ ID }) => ID), [other.kubo.peerId]);
});

test("a Kubo without its swarm key does not start", async (t) => {
  if (programs === null) return skipLoudly(t, missing);
  const swarm = await foundSwarm(programs, { members: 1, start: false });
  t.teardown(swarm.close);
  const [one] = swarm.members;
  if (one === undefined) return t.fail();
  await rm(join(one.seat.dir, "kubo", "swarm.key"));
  const refused = await t.throwsAsync(one.startKubo());
  t.regex(refused?.message ?? "", /private network/u);
  await writeFile(join(one.seat.dir, "kubo", "swarm.key"), "/key/swarm/psk/1.0.0/\n/base16/\nnot a key\n");
  await t.throwsAsync(one.startKubo());
});

test("daemons end with the process that runs them, even when that is killed", async (t) => {
  if (programs === null) return skipLoudly(t, missing);
  const swarm = await foundSwarm(programs, { members: 1, start: false });
  t.teardown(swarm.close);
  const [one] = swarm.members;
  if (one === undefined) return t.fail();
  const seatFile = join(swarm.dir, "seat.json");
  await writeFile(seatFile, JSON.stringify({ programs, seat: one.seat }));
  const parent = spawn(process.execPath, ["test/network/ipfs/support/parent.ts", seatFile], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  const pids = JSON.parse(line) as number[];
  t.is(pids.length, 2);
  for (const pid of pids) t.notThrows(() => process.kill(pid, 0), `${pid} runs`);
  parent.kill("SIGKILL");
  // A dead child of nobody's stays in the table until it is reaped: its state is read, not its mere presence.
  const alive = async (pid: number): Promise<boolean> => /^\d+ \(.*\) [^ZX]/u.test(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
  await eventually("both daemons are gone", 30, async () => ((await Promise.all(pids.map(alive))).includes(true) ? null : true));
});
