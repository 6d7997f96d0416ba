import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { inventStudy, stow, wado } from "../support/study.ts";
import { freePort } from "../../../network/local/ports.ts";
import { connectAll } from "../../network/ipfs/support/swarm.ts";
import { foundIpfsTown } from "./support/ipfs-town.ts";
import { keptBy, registered, statusOf } from "./support/keepers.ts";

const programs = findIpfsPrograms();
const bytesPerSecond = 1_000_000;

/** A line of 1 MB/s in either direction to one port. */
async function slowLine(port: number, target: number): Promise<() => void> {
  const sockets = new Set<Socket>();
  const pass = async (from: Socket, to: Socket): Promise<void> => {
    for await (const part of from) {
      to.write(part as Buffer);
      await sleep(((part as Buffer).length / bytesPerSecond) * 1000);
    }
    to.end();
  };
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    }
    pass(near, far).catch(() => far.destroy());
    pass(far, near).catch(() => near.destroy());
  }).listen(port, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}

async function edit(file: string, change: (peers: { ID: string; Addrs: string[] }[]) => { ID: string; Addrs: string[] }[]): Promise<void> {
  const config = JSON.parse(await readFile(file, "utf8")) as { Peering: { Peers: { ID: string; Addrs: string[] }[] } };
  config.Peering.Peers = change(config.Peering.Peers);
  await writeFile(file, JSON.stringify(config, null, 2));
}

test("one institution on a line of 1 MB/s: the others' studies are in place and registered while it is still fetching, and it gets there", async (t) => {
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(480_000);
  const { seat, member, swarm, close } = await foundIpfsTown(programs, { hospitals: 3, replicas: 2, mostReplicas: 3, start: false });
  t.teardown(close);
  const slow = member(2);
  // Everybody reaches the third over the slow line, and it reaches nobody by itself.
  await Promise.all(swarm.members.map((one) => one.kubo().stop()));
  const line = await freePort();
  const closeLine = await slowLine(line, slow.seat.ports.swarm);
  t.teardown(closeLine);
  await edit(join(slow.seat.dir, "kubo", "config"), () => []);
  for (const one of [member(0), member(1)])
    await edit(join(one.seat.dir, "kubo", "config"), (peers) => peers.map((peer) => (peer.ID === slow.seat.kubo.peerId ? { ...peer, Addrs: [`/ip4/127.0.0.1/tcp/${line}`] } : peer)));
  await Promise.all(swarm.members.map((one) => one.startKubo()));
  await connectAll([member(0), member(1)]);
  for (const one of [member(0), member(1)]) await one.rpc(`swarm/connect?arg=/ip4/127.0.0.1/tcp/${line}/p2p/${slow.seat.kubo.peerId}`);
  // Its agent would connect to whom the registry names; the line is what is looked at here.
  await Promise.all([seat(0).agent.start(), seat(1).agent.start()]);

  await eventually("all three can be chosen", 60, async () => {
    const metrics = (await (await member(0).rest("GET", "/monitor/metrics/freespace")).json()) as { valid: boolean }[];
    return metrics.filter(({ valid }) => valid).length === 3 ? true : null;
  });
  const sent = inventStudy(20, 1024);
  const bytes = sent.files.reduce((sum, file) => sum + file.length, 0);
  t.is((await stow(seat(0).as("clinician"), sent.files)).status, 200);
  const { root } = await registered(seat(0), sent, 240);
  const status = await statusOf(swarm, member(0), root);
  t.is(status.get(1), "pinned");
  t.is(status.get(2), "pinned");
  t.not(status.get(3), "pinned", "it was not waited for");
  await keptBy(swarm, [root], 3, 300);
  t.deepEqual(await wado(seat(0).as("clinician"), sent.uid), sent.digests);
  t.log(`${(bytes / 1e6).toFixed(0)} MB registered at two institutions while the third, at 1 MB/s, was ${status.get(3)}; lost 0`);
});
