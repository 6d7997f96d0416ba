import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Address, Hex } from "viem";
import type { IpfsPrograms } from "../../../../network/ipfs/find-engine.ts";
import { loadArtifacts } from "../../../../scripts/deploy/artifacts.ts";
import { httpRpc } from "../../../../scripts/deploy/http.ts";
import { createSender } from "../../../../scripts/deploy/sender.ts";
import { eventually } from "../../../../scripts/journey/expect.ts";
import { foundSwarm, type Member, type Swarm } from "../../../network/ipfs/support/swarm.ts";
import { foundTown, type Seat, type Town } from "../../support/town.ts";

/** Hospitals whose agents place their studies by a real Kubo and cluster peer each. */
export type IpfsTown = { readonly town: Town; readonly swarm: Swarm; seat(place: number): Seat; member(place: number): Member; close(): Promise<void> };

export type IpfsTownOptions = {
  readonly hospitals: number;
  readonly replicas?: number;
  readonly mostReplicas?: number;
  readonly settleSeconds?: number;
  /** Another address for a member's Kubo or cluster than its own: a proxy in between. */
  readonly kuboUrl?: (place: number) => string | null;
  readonly folderBytes?: number;
  /** As `foundSwarm`. */
  readonly lines?: boolean;
  /** False to leave the agents for the test to start. */
  readonly start?: boolean;
};

/** Every hospital names its IPFS in the registry: only registered cluster peers count as institutions. */
export async function registerPeers(town: Town, swarm: Swarm): Promise<void> {
  const { abi } = (await loadArtifacts()).MemberRegistry;
  for (const [at, { seat }] of swarm.members.entries()) {
    const governor = await createSender({ rpc: httpRpc(town.chain.ready().url), key: town.governors[at] as Hex, timeoutSeconds: 60, onStep: () => {} });
    const node = { enodeKey: `0x${randomBytes(64).toString("hex")}`, host: "127.0.0.1", port: seat.ports.swarm, validator: false, ipfsPeerId: seat.kubo.peerId, clusterPeerId: seat.cluster.peerId };
    await governor.send(`${seat.name} registers its peers`, town.contracts.memberRegistry as Address, abi, "setNodes", [seat.member, [node]]);
  }
}

export const ready = async (seat: Seat): Promise<boolean> => (await fetch(`${seat.agent.ready().ops}/readyz`)).status === 200;

export async function foundIpfsTown(programs: IpfsPrograms, options: IpfsTownOptions): Promise<IpfsTown> {
  const swarm = await foundSwarm(programs, { members: options.hospitals, ...(options.lines === undefined ? {} : { lines: options.lines }) });
  try {
    const passwords = await Promise.all(
      swarm.members.map(async ({ seat }) => {
        const file = join(seat.dir, "rest-password");
        await writeFile(file, `${seat.restPassword}\n`, { mode: 0o600 });
        return file;
      }),
    );
    const town = await foundTown({
      hospitals: options.hospitals,
      replicas: options.replicas ?? 2,
      settleSeconds: options.settleSeconds ?? 0,
      storage: (place) => {
        const member = swarm.members[place];
        if (member === undefined) throw new RangeError(`no member ${place}`);
        const cluster = {
          kuboUrl: options.kuboUrl?.(place) ?? member.rpcUrl,
          url: member.restUrl,
          user: member.seat.restUser,
          passwordFile: passwords[place],
          mostReplicas: options.mostReplicas ?? 3,
          ...(options.folderBytes === undefined ? {} : { folderBytes: options.folderBytes }),
        };
        return { engine: "cluster", cluster };
      },
    });
    const close = async (): Promise<void> => {
      await town.close();
      await swarm.close();
    };
    try {
      await registerPeers(town, swarm);
      if (options.start !== false) {
        await Promise.all(town.seats.map((seat) => seat.agent.start()));
        await eventually("all ready", 60, async () => ((await Promise.all(town.seats.map(ready))).every(Boolean) ? true : null));
      }
    } catch (error) {
      await close();
      throw error;
    }
    const at = <One>(list: readonly One[], place: number): One => {
      const found = list[place];
      if (found === undefined) throw new RangeError(`no hospital ${place}`);
      return found;
    };
    return { town, swarm, close, seat: (place) => at(town.seats, place), member: (place) => at(swarm.members, place) };
  } catch (error) {
    await swarm.close();
    throw error;
  }
}
