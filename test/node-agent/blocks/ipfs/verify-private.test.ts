import { rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import test from "ava";
import { startDaemon } from "../../../../network/ipfs/daemon.ts";
import { findIpfsPrograms } from "../../../../network/ipfs/find-engine.ts";
import { kuboConfig } from "../../../../network/ipfs/kubo-config.ts";
import { prepareCluster, prepareKubo } from "../../../../network/ipfs/prepare.ts";
import { clusterConfig, clusterIdentity } from "../../../../network/ipfs/cluster-config.ts";
import { openPinning } from "../../../../node-agent/src/blocks/ipfs/pinning.ts";
import { greetingOf } from "../../../../node-agent/src/blocks/ipfs/probe.ts";
import { isFault } from "../../../../node-agent/src/model/fault.ts";
import { foundSwarm, type Member } from "../../../network/ipfs/support/swarm.ts";
import { skipLoudly } from "../../../support/skip.ts";

const programs = findIpfsPrograms();
const missing = "Kubo and IPFS Cluster are not built (npm run engines)";
const soon = (): AbortSignal => AbortSignal.timeout(60_000);
const pinningOf = ({ rpcUrl, restUrl, seat }: Member) => openPinning({ kuboUrl: rpcUrl, clusterUrl: restUrl, user: seat.restUser, password: seat.restPassword, now: Date.now });

test("what a listener says first is told apart: clear, under a key, nothing", async (t) => {
  const say = async (bytes: Buffer): Promise<number> => {
    const server = createServer((socket) => void socket.on("error", () => {}).write(bytes)).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.teardown(() => void server.close());
    return (server.address() as AddressInfo).port;
  };
  const header = Buffer.from("\x13/multistream/1.0.0\n", "latin1");
  t.is(await greetingOf("127.0.0.1", await say(header), 2000), "in the clear");
  t.is(await greetingOf("127.0.0.1", await say(Buffer.concat([header, header])), 2000), "in the clear");
  t.is(await greetingOf("127.0.0.1", await say(Buffer.alloc(44, 0x5a)), 2000), "under a key");
  t.is(await greetingOf("127.0.0.1", await say(Buffer.alloc(10, 0x5a)), 300), "silent");
  t.is(await greetingOf("127.0.0.1", await say(Buffer.alloc(0)), 300), "silent");
  await t.throwsAsync(greetingOf("127.0.0.1", 1, 300));
});

test("a Kubo of the private network passes; with a key missing, a setting of the public network, or an open cluster API it is refused by name", async (t) => {
  if (programs === null) return skipLoudly(t, missing);
  const swarm = await foundSwarm(programs, { members: 1 });
  t.teardown(swarm.close);
  const [member] = swarm.members;
  if (member === undefined) return t.fail();
  const pinning = pinningOf(member);
  t.teardown(() => pinning.close());
  await t.notThrowsAsync(pinning.verify(soon()));

  const { seat } = member;
  const dir = join(seat.dir, "kubo");
  const config = (): Record<string, unknown> => kuboConfig({ identity: seat.kubo, swarm: [`/ip4/127.0.0.1/tcp/${seat.ports.swarm}`], rpc: `/ip4/127.0.0.1/tcp/${seat.ports.rpc}`, peers: [], storageMax: "1GB" });
  const settingsOf = async (): Promise<string[]> => {
    const error = await t.throwsAsync(pinning.verify(soon()));
    if (!isFault(error, "IPFS_NOT_PRIVATE")) throw error;
    return [error.details.setting, ...error.details.also.map((one) => one.split(":", 1)[0] ?? "")];
  };

  // A setting that Kubo starts with, and that reaches beyond the members.
  await member.kubo().stop();
  await prepareKubo(dir, { ipfs: programs.ipfs, config: { ...config(), AutoNAT: {}, Gateway: {} , Addresses: { ...(config()["Addresses"] as object), Gateway: "/ip4/0.0.0.0/tcp/0" } }, swarmKey: swarm.network.swarmKey });
  await member.startKubo();
  t.deepEqual((await settingsOf()).sort(), ["Addresses.Gateway", "AutoNAT.ServiceMode"]);
  await member.kubo().stop();

  // No key and nothing that demands one: Kubo starts, and its configuration looks the same.
  await prepareKubo(dir, { ipfs: programs.ipfs, config: config(), swarmKey: swarm.network.swarmKey });
  await rm(join(dir, "swarm.key"));
  const open = await startDaemon({
    name: "a Kubo without a key",
    program: programs.ipfs,
    args: ["daemon", "--migrate=false"],
    environment: { IPFS_PATH: dir, IPFS_TELEMETRY: "off" },
    logFile: join(seat.logDir, "open-kubo.log"),
    ready: async () => (await fetch(`${member.rpcUrl}/api/v0/id`, { method: "POST" })).ok,
  });
  t.deepEqual(await settingsOf(), ["swarm.key"]);
  await open.kill();

  await prepareKubo(dir, { ipfs: programs.ipfs, config: config(), swarmKey: swarm.network.swarmKey });
  await member.startKubo();
  await t.notThrowsAsync(pinning.verify(soon()));

  await member.cluster().stop();
  const service = clusterConfig({
    peerName: seat.name,
    clusterName: swarm.network.clusterName,
    secret: swarm.network.clusterSecret,
    listen: [`/ip4/127.0.0.1/tcp/${seat.ports.cluster}`],
    peers: [],
    trusted: [],
    rest: { listen: `/ip4/127.0.0.1/tcp/${seat.ports.rest}`, user: "", password: "" },
    kuboRpc: `/ip4/127.0.0.1/tcp/${seat.ports.rpc}`,
    institution: "1",
    replication: { min: 2, max: 3 },
  });
  (service["api"] as { restapi: Record<string, unknown> }).restapi["basic_auth_credentials"] = null;
  await prepareCluster(join(seat.dir, "cluster"), { config: service, identity: clusterIdentity(seat.cluster) });
  await member.startCluster();
  t.deepEqual(await settingsOf(), ["restapi.basic_auth_credentials"]);

  await member.kubo().stop();
  const gone = await t.throwsAsync(pinning.verify(soon()));
  t.true(isFault(gone, "IPFS_UNREACHABLE"), "not there is another thing than not private");
});
