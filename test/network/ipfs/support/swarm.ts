import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IpfsNetwork, type IpfsSeat, newIpfsSecrets, prepareSeat, restUrlOf, rpcUrlOf, runClusterPeer, runKubo } from "../../../../network/ipfs/consortium.ts";
import type { Daemon } from "../../../../network/ipfs/daemon.ts";
import type { IpfsPrograms } from "../../../../network/ipfs/find-engine.ts";
import { peerIdentity } from "../../../../network/ipfs/peer-identity.ts";

/** One member's IPFS in a test; its daemons can be ended and started again on the same files and ports. */
export type Member = {
  readonly seat: IpfsSeat;
  readonly rpcUrl: string;
  readonly restUrl: string;
  kubo(): Daemon;
  cluster(): Daemon;
  startKubo(): Promise<Daemon>;
  startCluster(): Promise<Daemon>;
  /** Kubo's RPC: parsed JSON of the answer. Throws with Kubo's own words when it refuses. */
  rpc<Answer>(command: string): Promise<Answer>;
  /** The cluster's REST API with this member's credentials. */
  rest(method: string, path: string): Promise<Response>;
};

export type Swarm = { readonly dir: string; readonly network: IpfsNetwork; readonly members: readonly Member[]; close(): Promise<void> };

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(async (server) => await new Promise((done) => server.close(done))));
  return ports;
}

export async function inventSeat(dir: string, member: number): Promise<IpfsSeat> {
  const [swarm = 0, rpc = 0, cluster = 0, rest = 0] = await freePorts(4);
  return {
    member,
    name: `member-${member}`,
    dir: join(dir, String(member)),
    logDir: join(dir, "logs"),
    ports: { swarm, rpc, cluster, rest },
    kubo: peerIdentity(),
    cluster: peerIdentity(),
    restUser: "agent",
    restPassword: `the password of ${member}`,
  };
}

/** A member around a seat whose files are prepared. */
export function memberOn(programs: IpfsPrograms, seat: IpfsSeat, running: Set<Daemon>): Member {
  let kubo: Daemon | null = null;
  let cluster: Daemon | null = null;
  const keep = (daemon: Daemon): Daemon => {
    running.add(daemon);
    void daemon.gone.then(() => running.delete(daemon));
    return daemon;
  };
  const started = (daemon: Daemon | null): Daemon => {
    if (daemon === null) throw new Error(`${seat.name} has not started it`);
    return daemon;
  };
  return {
    seat,
    rpcUrl: rpcUrlOf(seat),
    restUrl: restUrlOf(seat),
    kubo: () => started(kubo),
    cluster: () => started(cluster),
    async startKubo() {
      kubo = keep(await runKubo(programs, seat));
      return kubo;
    },
    async startCluster() {
      cluster = keep(await runClusterPeer(programs, seat));
      return cluster;
    },
    async rpc<Answer>(command: string) {
      const response = await fetch(`${rpcUrlOf(seat)}/api/v0/${command}`, { method: "POST" });
      const text = await response.text();
      if (!response.ok) throw new Error(`${command}: ${response.status} ${text}`);
      return (text === "" ? null : JSON.parse(text.trim().split("\n").at(-1) ?? "null")) as Answer;
    },
    rest: (method, path) =>
      fetch(`${restUrlOf(seat)}${path}`, { method, headers: { authorization: `Basic ${Buffer.from(`${seat.restUser}:${seat.restPassword}`).toString("base64")}` } }),
  };
}

export type SwarmOptions = {
  readonly members: number;
  readonly replication?: { readonly min: number; readonly max: number };
  /** False to leave the daemons for the test to start. */
  readonly start?: boolean;
};

/** Members with a Kubo and a cluster peer each, in a fresh temporary folder, connected with one another. */
export async function foundSwarm(programs: IpfsPrograms, options: SwarmOptions): Promise<Swarm> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-ipfs-"));
  const running = new Set<Daemon>();
  const network: IpfsNetwork = { clusterName: "fiducial-test", ...newIpfsSecrets(), replication: options.replication ?? { min: 2, max: 3 } };
  const close = async (): Promise<void> => {
    await Promise.all([...running].map((daemon) => daemon.kill()));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const seats: IpfsSeat[] = [];
    for (let member = 1; member <= options.members; member++) seats.push(await inventSeat(dir, member));
    for (const seat of seats) await prepareSeat(programs, network, seat, seats.filter((one) => one !== seat));
    const members = seats.map((seat) => memberOn(programs, seat, running));
    if (options.start !== false) {
      await Promise.all(members.map((one) => one.startKubo()));
      await connectAll(members);
      await Promise.all(members.map((one) => one.startCluster()));
    }
    return { dir, network, members, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Peering connects by itself after some seconds; tests need not wait for that. */
export async function connectAll(members: readonly Member[]): Promise<void> {
  for (const one of members)
    for (const { seat } of members)
      if (seat !== one.seat) await one.rpc(`swarm/connect?arg=/ip4/127.0.0.1/tcp/${seat.ports.swarm}/p2p/${seat.kubo.peerId}`);
}
