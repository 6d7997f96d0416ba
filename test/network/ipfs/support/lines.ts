import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { IpfsSeat } from "../../../../network/ipfs/consortium.ts";
import { freePort } from "../../../../network/local/ports.ts";

/** A TCP line to one port. Cut, it says nothing: connections stay open and new ones are taken, and no octet passes. Mended, those end and new ones pass. */
export type Line = { readonly port: number; cut(): void; mend(): void; close(): void };

export async function openLine(target: number): Promise<Line> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let whole = true;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (!whole) return void near.pause();
    const far = connect(target, "127.0.0.1");
    keep(far);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      from.on("close", () => to.destroy());
      from.pipe(to);
    }
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    cut() {
      whole = false;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend() {
      whole = true;
      endAll();
    },
    close() {
      server.close();
      endAll();
    },
  };
}

/** Every way from one member's Kubo and cluster peer to another's, each a line of its own. */
export type Lines = {
  /** The other as this one is told of it: at the near ends of the lines between them. */
  seen(from: IpfsSeat, to: IpfsSeat): IpfsSeat;
  /** Cuts every line between a member of one list and one of the other, both ways. */
  part(one: readonly number[], other: readonly number[]): void;
  mendAll(): void;
  close(): void;
};

export async function openLines(seats: readonly IpfsSeat[]): Promise<Lines> {
  const all = new Map<string, { readonly swarm: Line; readonly cluster: Line }>();
  const name = (from: number, to: number): string => `${from}>${to}`;
  for (const from of seats)
    for (const to of seats) if (from !== to) all.set(name(from.member, to.member), { swarm: await openLine(to.ports.swarm), cluster: await openLine(to.ports.cluster) });
  const each = (work: (line: Line) => void): void => {
    for (const { swarm, cluster } of all.values()) [swarm, cluster].forEach(work);
  };
  return {
    seen(from, to) {
      const line = all.get(name(from.member, to.member));
      return line === undefined ? to : { ...to, ports: { ...to.ports, swarm: line.swarm.port, cluster: line.cluster.port } };
    },
    part(one, other) {
      for (const [a, b] of [[one, other], [other, one]] as const)
        for (const from of a)
          for (const to of b) {
            const line = all.get(name(from, to));
            line?.swarm.cut();
            line?.cluster.cut();
          }
    },
    mendAll: () => each((line) => line.mend()),
    close: () => each((line) => line.close()),
  };
}

async function change(file: string, edit: (config: Record<string, Record<string, unknown>>) => void): Promise<void> {
  const config = JSON.parse(await readFile(file, "utf8")) as Record<string, Record<string, unknown>>;
  edit(config);
  await writeFile(file, JSON.stringify(config, null, 2));
}

/** Peers tell one another where they listen and would go around the lines: this one tells nobody. */
export async function hide({ dir, ports }: IpfsSeat): Promise<void> {
  const own = (port: number): string[] => [`/ip4/127.0.0.1/tcp/${port}`];
  await change(join(dir, "kubo", "config"), (config) => Object.assign(config["Addresses"] ?? {}, { NoAnnounce: own(ports.swarm) }));
  await change(join(dir, "cluster", "service.json"), (config) => Object.assign(config["cluster"] ?? {}, { no_announce_multiaddress: own(ports.cluster) }));
}
