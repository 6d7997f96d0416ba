import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the range from which the system takes ports for outgoing connections, so that a port is still free when its node is restarted. */
const range = { first: 20_000, last: 31_999 };

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** `count` different TCP ports that nobody listens on at loopback now. Throws when the machine has none left. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 50 * count) throw new Error("no free ports on loopback");
    const port = randomInt(range.first, range.last + 1);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}
