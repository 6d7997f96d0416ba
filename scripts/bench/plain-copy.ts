import { once } from "node:events";
import { open } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect } from "node:net";
import { join } from "node:path";

/** Sends bytes over a TCP connection on loopback to a reader that writes them to a file and flushes it: what the same line and disk do without anything else. Gives seconds. */
export async function plainCopy(pieces: Iterable<Buffer>, dir: string): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const begun = performance.now();
  const written = (async () => {
    const [socket] = (await once(server, "connection")) as [Socket];
    const file = await open(join(dir, "copied"), "w");
    for await (const part of socket) await file.write(part as Buffer);
    await file.datasync();
    await file.close();
  })();
  const sender = connect((server.address() as AddressInfo).port, "127.0.0.1");
  for (const piece of pieces) if (!sender.write(piece)) await once(sender, "drain");
  sender.end();
  await written;
  const seconds = (performance.now() - begun) / 1000;
  server.close();
  return seconds;
}
