import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, connect as connectTcp, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { BesuNode } from "../../../../network/local/besu-node.ts";
import { freePorts } from "../../../../network/local/ports.ts";

/** What happens to bytes from one node to another: a line may be silent in one direction and not in the other, as with a firewall that drops. */
type Way = { held: boolean; delayMs: number; readonly waiting: Set<() => void> };
type Piece = { readonly due: number; readonly bytes: Buffer | null };

const portOf = ({ enode }: BesuNode): number => Number(new URL(enode.replace(/^enode/u, "http")).port);

/** Passes on what `source` says, late by the way's delay, not at all while it is held, in order; the end of the stream is a piece like any other, so that nobody hears of it through a silent line. */
function pump(source: Socket, sink: Socket, way: Way): void {
  const pieces: Piece[] = [];
  let timer: NodeJS.Timeout | null = null;
  let over = false;
  const flow = (): void => {
    timer = null;
    while (!way.held && !over) {
      const [first] = pieces;
      if (first === undefined) return;
      const early = first.due - performance.now();
      if (early > 0) {
        timer = setTimeout(flow, early);
        return;
      }
      pieces.shift();
      if (first.bytes !== null) sink.write(first.bytes);
      else sink.destroy();
    }
  };
  const push = (bytes: Buffer | null): void => {
    pieces.push({ due: performance.now() + way.delayMs, bytes });
    if (timer === null) flow();
  };
  way.waiting.add(flow);
  source.on("data", push).on("close", () => push(null)).on("error", () => {});
  sink.on("close", () => {
    over = true;
    if (timer !== null) clearTimeout(timer);
    way.waiting.delete(flow);
  });
}

/** TCP lines between nodes that can be cut, silenced in one direction, and slowed; every node reaches every other through one of its own. */
export class Links {
  readonly #ways = new Map<string, Way>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** Puts a line between every two nodes, none of which runs yet: their static nodes and allowlists are changed to lead through them. */
  static async between(nodes: readonly BesuNode[]): Promise<Links> {
    const links = new Links();
    for (const dialer of nodes) {
      const others = nodes.filter((one) => one !== dialer);
      const ports = await freePorts(others.length);
      const moved = new Map<string, string>();
      for (const [place, other] of others.entries()) {
        const port = ports[place] ?? 0;
        await links.#open(dialer, other, port);
        moved.set(other.enode, other.enode.replace(`:${portOf(other)}`, `:${port}`));
      }
      const lead = (text: string, keep: boolean): string => [...moved].reduce((now, [from, to]) => now.replaceAll(`"${from}"`, keep ? `"${from}","${to}"` : `"${to}"`), text);
      for (const [name, keep] of [["static-nodes.json", false], ["permissions.toml", true]] as const) {
        const file = join(dialer.dir, name);
        const before = await readFile(file, "utf8");
        const after = lead(before, keep);
        if (after === before) throw new Error(`${file} names no other node`);
        await writeFile(file, after);
      }
    }
    return links;
  }

  #way(from: BesuNode, to: BesuNode): Way {
    const key = `${from.name} ${to.name}`;
    const way = this.#ways.get(key) ?? { held: false, delayMs: 0, waiting: new Set() };
    this.#ways.set(key, way);
    return way;
  }

  async #open(dialer: BesuNode, other: BesuNode, port: number): Promise<void> {
    const server = createServer((near) => {
      const far = connectTcp(portOf(other), "127.0.0.1");
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
      }
      pump(near, far, this.#way(dialer, other));
      pump(far, near, this.#way(other, dialer));
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    this.#servers.push(server);
  }

  /** From now on nothing of what `from` says arrives at `to`; connections stay open and silent, as through a line that drops packets. */
  silence(from: readonly BesuNode[], to: readonly BesuNode[]): void {
    for (const one of from) for (const other of to) if (one !== other) this.#way(one, other).held = true;
  }

  /** Silence in both directions: two groups that do not hear of each other. */
  part(some: readonly BesuNode[], others: readonly BesuNode[]): void {
    this.silence(some, others);
    this.silence(others, some);
  }

  /** Everything arrives so many milliseconds late, on every line, in both directions. */
  slow(delayMs: number): void {
    for (const way of this.#ways.values()) way.delayMs = delayMs;
  }

  /** All lines are whole and fast again; what was held back arrives now, where both ends still have the connection. */
  heal(): void {
    for (const way of this.#ways.values()) {
      way.held = false;
      way.delayMs = 0;
      for (const flow of [...way.waiting]) flow();
    }
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of [...this.#sockets]) socket.destroy();
  }
}
