import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IpfsNetwork, type IpfsSeat, newIpfsSecrets, prepareSeat, restUrlOf, rpcUrlOf, runClusterPeer, runKubo } from "../../../../network/ipfs/consortium.ts";
import type { Daemon } from "../../../../network/ipfs/daemon.ts";
import type { IpfsPrograms } from "../../../../network/ipfs/find-engine.ts";
import { peerIdentity } from "../../../../network/ipfs/peer-identity.ts";
import { freePorts } from "../../../../network/local/ports.ts";
import { hide, type Lines, openLines } from "./lines.ts";

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

export type Swarm = { readonly dir: string; readonly network: IpfsNetwork; readonly members: readonly Member[]; readonly lines: Lines | null; close(): Promise<void> };

/** What runs and what is about to; what is still starting when it is closed is killed. */
export type Running = { readonly daemons: Set<Daemon>; readonly starting: Set<Promise<unknown>>; readonly closed: AbortController };

export const nothingRuns = (): Running => ({ daemons: new Set(), starting: new Set(), closed: new AbortController() });

/** Kills what runs, and what a start that somebody else's failure left alone has brought up meanwhile. */
export async function endAll(running: Running): Promise<void> {
  running.closed.abort(new Error("the swarm is closed"));
  await Promise.all(running.starting);
  await Promise.all([...running.daemons].map((daemon) => daemon.kill()));
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
export function memberOn(programs: IpfsPrograms, seat: IpfsSeat, running: Running): Member {
  let kubo: Daemon | null = null;
  let cluster: Daemon | null = null;
  const keep = async (start: Promise<Daemon>): Promise<Daemon> => {
    const kept = start.then((daemon) => {
      running.daemons.add(daemon);
      void daemon.gone.then(() => running.daemons.delete(daemon));
      return daemon;
    });
    const settled: Promise<unknown> = kept.catch(() => {}).then(() => running.starting.delete(settled));
    running.starting.add(settled);
    return await kept;
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
      kubo = await keep(runKubo(programs, seat, running.closed.signal));
      return kubo;
    },
    async startCluster() {
      cluster = await keep(runClusterPeer(programs, seat, running.closed.signal));
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
  /** True for peers that reach one another over lines that can be cut, and over nothing else. */
  readonly lines?: boolean;
};

/** Members with a Kubo and a cluster peer each, in a fresh temporary folder, connected with one another. */
export async function foundSwarm(programs: IpfsPrograms, options: SwarmOptions): Promise<Swarm> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-ipfs-"));
  const running = nothingRuns();
  const network: IpfsNetwork = { clusterName: "fiducial-test", ...newIpfsSecrets(), replication: options.replication ?? { min: 2, max: 3 } };
  let lines: Lines | null = null;
  const close = async (): Promise<void> => {
    lines?.close();
    await endAll(running);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const seats: IpfsSeat[] = [];
    for (let member = 1; member <= options.members; member++) seats.push(await inventSeat(dir, member));
    const between = options.lines === true ? await openLines(seats) : null;
    lines = between;
    for (const seat of seats) {
      await prepareSeat(programs, network, seat, seats.filter((one) => one !== seat).map((other) => between?.seen(seat, other) ?? other));
      if (between !== null) await hide(seat);
    }
    const members = seats.map((seat) => memberOn(programs, seat, running));
    if (options.start !== false) {
      await Promise.all(members.map((one) => one.startKubo()));
      await connectAll(members, between);
      await Promise.all(members.map((one) => one.startCluster()));
    }
    return { dir, network, members, lines, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Peering connects by itself after some seconds; tests need not wait for that. */
export async function connectAll(members: readonly Member[], lines: Lines | null = null): Promise<void> {
  for (const one of members)
    for (const { seat } of members)
      if (seat !== one.seat) await one.rpc(`swarm/connect?arg=/ip4/127.0.0.1/tcp/${(lines?.seen(one.seat, seat) ?? seat).ports.swarm}/p2p/${seat.kubo.peerId}`);
}
