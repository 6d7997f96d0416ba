import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { inventStudy, wado } from "../support/study.ts";
import { foundIpfsTown, ready } from "./support/ipfs-town.ts";
import { keptBy, share } from "./support/keepers.ts";

const programs = findIpfsPrograms();

/** Flips one bit in every block file of a Kubo that holds more than a directory or two. */
async function rot(dir: string): Promise<number> {
  let damaged = 0;
  for (const item of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!item.isFile() || !item.name.endsWith(".data")) continue;
    const file = await open(join(item.parentPath, item.name), "r+");
    const { size } = await file.stat();
    if (size > 10_000) {
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, size >> 1);
      await file.write(Buffer.from([(byte[0] ?? 0) ^ 0x10]), 0, 1, size >> 1);
      damaged++;
    }
    await file.close();
  }
  return damaged;
}

test("a folder lost and every large block of the own Kubo flipped: the bytes come whole from another institution, and Kubo's are whole again", async (t) => {
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(360_000);
  const { seat, member, swarm, close } = await foundIpfsTown(programs, { hospitals: 2 });
  t.teardown(close);
  const a = seat(0);
  const { sent, root } = await share(a, inventStudy(3, 512));
  await keptBy(swarm, [root], 2, 60);
  t.true(await a.agent.child().stop());
  await rm(join(a.dataDir, "blocks"), { recursive: true });
  await a.agent.start();
  await eventually("ready", 60, async () => ((await ready(a)) ? true : null));
  t.deepEqual(await wado(a.as("clinician"), sent.uid), sent.digests, "without its folder it reads from Kubo");

  t.true(await a.agent.child().stop());
  await rm(join(a.dataDir, "blocks"), { recursive: true });
  const damaged = await rot(join(member(0).seat.dir, "kubo", "blocks"));
  t.true(damaged >= 3, `${damaged} blocks`);
  const verified = async (): Promise<string> => await (await fetch(`${member(0).rpcUrl}/api/v0/repo/verify`, { method: "POST" })).text();
  t.regex(await verified(), /corrupt/u, "Kubo itself finds them damaged when asked");
  await a.agent.start();
  await eventually("ready", 60, async () => ((await ready(a)) ? true : null));
  t.deepEqual(await wado(a.as("clinician"), sent.uid), sent.digests, "the good bytes come from the other institution");
  await eventually("Kubo's own blocks are good again", 60, async () => ((await verified()).includes("corrupt") ? null : true));
  t.log(`${damaged} blocks of one Kubo damaged and mended; lost 0`);
});
