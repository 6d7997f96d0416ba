import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { type IpfsNetwork, type IpfsPorts, type IpfsSeat, prepareSeat, restUrlOf, rpcUrlOf, runClusterPeer, runKubo } from "../../../network/ipfs/consortium.ts";
import type { Daemon } from "../../../network/ipfs/daemon.ts";
import type { IpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { peerIdentity } from "../../../network/ipfs/peer-identity.ts";
import type { Child } from "../child.ts";
import type { Layout, Seat } from "../layout.ts";
import { keptSecret } from "../secrets.ts";
import type { BlockEngine } from "./block-engine.ts";

const hex = (): string => randomBytes(32).toString("hex");
const hospitals = (plan: Layout): Seat[] => plan.seats.filter(({ role }) => role === "hospital");

/** Four ports for each hospital, in a range of their own above everybody else's. */
function portsOf(plan: Layout, { member }: Seat): IpfsPorts {
  const first = plan.chainPort + 100 + 10 * member;
  return { swarm: first, rpc: first + 1, cluster: first + 2, rest: first + 3 };
}

const passwordFile = (plan: Layout, seat: Seat): string => resolve(plan.dir, seat.key, "ipfs", "rest-password");

/** Identities and passwords are made on the first run and kept: peers are known to one another by them. */
async function ipfsSeat(plan: Layout, seat: Seat): Promise<IpfsSeat> {
  const dir = join(plan.dir, seat.key, "ipfs");
  const seed = async (name: string): Promise<Buffer> => Buffer.from(await keptSecret(join(dir, name), hex), "hex");
  return {
    member: seat.member,
    name: `member-${seat.member}`,
    dir,
    logDir: join(plan.dir, "logs"),
    ports: portsOf(plan, seat),
    kubo: peerIdentity(await seed("kubo-seed")),
    cluster: peerIdentity(await seed("cluster-seed")),
    restUser: "agent",
    restPassword: await keptSecret(passwordFile(plan, seat), hex),
  };
}

function asChild(daemon: Daemon): Child {
  return {
    name: daemon.name,
    pid: daemon.pid,
    gone: daemon.gone,
    async stop(patience) {
      await daemon.stop(patience);
      return (await daemon.gone) === 0;
    },
    kill: () => daemon.kill(),
  };
}

/** Peering connects by itself within a quarter of a minute; nobody who watches wants to wait for it. */
async function connect(seats: readonly IpfsSeat[]): Promise<void> {
  const pairs = seats.flatMap((one) => seats.filter((other) => other !== one).map((other) => ({ one, other })));
  await Promise.all(pairs.map(({ one, other }) => fetch(`${rpcUrlOf(one)}/api/v0/swarm/connect?arg=/ip4/127.0.0.1/tcp/${other.ports.swarm}/p2p/${other.kubo.peerId}`, { method: "POST" }).catch(() => null)));
}

/** A Kubo and a cluster peer for each hospital, as processes on loopback. */
export function ipfsBlocks(programs: IpfsPrograms): BlockEngine {
  return {
    name: "ipfs",
    description: "a folder in front, a private Kubo and an IPFS Cluster peer for each hospital behind",
    ports: (plan) =>
      hospitals(plan).flatMap((seat) => {
        const { swarm, rpc, cluster, rest } = portsOf(plan, seat);
        return Object.entries({ "Kubo, swarm": swarm, "Kubo, RPC": rpc, "cluster peer": cluster, "cluster peer, REST": rest }).map(([what, port]) => ({ port, who: `${seat.name}, ${what}` }));
      }),
    async start({ plan, note, signal }) {
      const network: IpfsNetwork = {
        clusterName: "fiducial-local",
        swarmKey: await keptSecret(join(plan.dir, "ipfs", "swarm-key"), hex),
        clusterSecret: await keptSecret(join(plan.dir, "ipfs", "cluster-secret"), hex),
        replication: { min: 2, max: 3 },
      };
      const seats = await Promise.all(hospitals(plan).map((seat) => ipfsSeat(plan, seat)));
      const running: Daemon[] = [];
      const started = async (daemons: readonly Promise<Daemon>[]): Promise<void> => {
        const settled = await Promise.allSettled(daemons);
        for (const one of settled) if (one.status === "fulfilled") running.push(one.value);
        for (const one of settled) if (one.status === "rejected") throw one.reason;
      };
      try {
        for (const seat of seats) await prepareSeat(programs, network, seat, seats.filter((one) => one !== seat));
        await started(seats.map((seat) => runKubo(programs, seat, signal)));
        await connect(seats);
        await started(seats.map((seat) => runClusterPeer(programs, seat, signal)));
      } catch (error) {
        await Promise.all(running.map((daemon) => daemon.kill()));
        throw error;
      }
      note(`${seats.length} Kubos in a private swarm, ${seats.length} cluster peers`);
      const of = (seat: Seat): IpfsSeat | null => seats.find(({ member }) => member === seat.member) ?? null;
      return {
        peersOf(seat) {
          const found = of(seat);
          return found === null ? null : { ipfsPeerId: found.kubo.peerId, clusterPeerId: found.cluster.peerId, port: found.ports.swarm };
        },
        storageOf(seat) {
          const found = of(seat);
          if (found === null) return {};
          return { engine: "cluster", cluster: { kuboUrl: rpcUrlOf(found), url: restUrlOf(found), user: found.restUser, passwordFile: passwordFile(plan, seat) } };
        },
        children: running.map(asChild),
      };
    },
  };
}
