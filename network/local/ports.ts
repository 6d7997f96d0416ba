import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Ports below the range from which the system takes them for outgoing connections (32,768 on Linux), so that a port is still free when its
 * program starts, or starts again. They are dealt out in lanes: whoever listens on a lane's first port owns the rest of it until its process
 * ends, so that two processes (or two threads) that look at once are never given the same port.
 */
const range = { first: 20_000, last: 31_999 };
const laneSize = 200;
const lanes = Math.floor((range.last + 1 - range.first) / laneSize);

/** The next port of ours, and the end of our lane. */
type Lane = { next: number; readonly end: number };
let lane: Lane | null = null;
let queue: Promise<unknown> = Promise.resolve();

/** True when nobody listens on the port; with `keep`, we listen on it from now on, without keeping the process alive. */
function tryPort(port: number, keep: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer((socket) => socket.destroy());
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      if (!keep) return void probe.close(() => resolve(true));
      probe.unref();
      resolve(true);
    });
  });
}

async function newLane(): Promise<Lane> {
  const start = randomInt(lanes);
  for (let tried = 0; tried < lanes; tried++) {
    const first = range.first + ((start + tried) % lanes) * laneSize;
    if (await tryPort(first, true)) return { next: first + 1, end: first + laneSize };
  }
  throw new Error(`no free ports on loopback: all ${lanes} lanes between ${range.first} and ${range.last} are taken`);
}

async function take(count: number): Promise<number> {
  for (;;) {
    if (lane === null || lane.next + count > lane.end) lane = await newLane();
    const first = lane.next;
    let free = 0;
    while (free < count && (await tryPort(first + free, false))) free++;
    lane.next = free === count ? first + count : first + free + 1;
    if (free === count) return first;
  }
}

/**
 * The first of `count` (at most 199) TCP ports that lie side by side and that nobody listens on at loopback. No port is given out twice by
 * this process, nor by another one that asks here while this one runs. Throws when the machine has none left.
 */
export async function freePortBlock(count: number): Promise<number> {
  if (!Number.isSafeInteger(count) || count < 1 || count >= laneSize) throw new RangeError(`between 1 and ${laneSize - 1} ports can lie side by side, not ${count}`);
  const taken = queue.then(() => take(count));
  queue = taken.catch(() => {});
  return await taken;
}

/** `count` different TCP ports that nobody listens on at loopback, under the promise of `freePortBlock`. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) found.push(await freePortBlock(1));
  return found;
}

/** One port; see `freePorts`. */
export const freePort = (): Promise<number> => freePortBlock(1);
