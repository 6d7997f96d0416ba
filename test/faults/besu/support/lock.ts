import { open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const file = join(tmpdir(), "fiducial-besu-network.lock");

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Waits until no other of these tests runs a network on this machine: each takes more than a gigabyte. Gives what lets the next one begin. */
export async function onlyNetwork(): Promise<() => Promise<void>> {
  for (;;) {
    const handle = await open(file, "wx").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return null;
      throw error;
    });
    if (handle !== null) {
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    }
    const holder = Number(await readFile(file, "utf8").catch(() => "0"));
    if (holder > 0 && !alive(holder)) await rm(file, { force: true });
    await sleep(500);
  }
}
