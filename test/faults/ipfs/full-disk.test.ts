import { execFile } from "node:child_process";
import { cp, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { eventually } from "../../../scripts/journey/expect.ts";
import { skipLoudly } from "../../support/skip.ts";
import { inventStudy, wado } from "../support/study.ts";
import { foundIpfsTown } from "./support/ipfs-town.ts";
import { keepers, share, type Shared } from "./support/keepers.ts";

const run = promisify(execFile);
const programs = findIpfsPrograms();

test("one institution's disk is full: studies are placed at the others and registered, nothing is lost, and it catches up once it has room", async (t) => {
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(480_000);
  const { seat, member, swarm, close } = await foundIpfsTown(programs, { hospitals: 3, replicas: 2, mostReplicas: 3 });
  t.teardown(close);
  const tight = member(2);
  const repository = join(tight.seat.dir, "kubo");
  await tight.kubo().stop();
  await rename(repository, `${repository}.before`);
  await mkdir(repository);
  const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", repository]).then(
    () => true,
    () => false,
  );
  if (!mounted) return skipLoudly(t, "a small file system cannot be mounted here (not root)");
  t.teardown(() => run("umount", ["-l", repository]));
  await cp(`${repository}.before`, repository, { recursive: true });
  await tight.startKubo();

  const shared: Shared[] = [];
  for (let n = 0; n < 5; n++) shared.push(await share(seat(0), inventStudy(12, 512), 200));
  let lost = 0;
  for (const { sent } of shared) if ((await wado(seat(0).as("clinician"), sent.uid)).toString() !== sent.digests.toString()) lost++;
  t.is(lost, 0);
  const kept = await Promise.all(shared.map(({ root }) => keepers(swarm, root)));
  t.true(kept.every((list) => list.includes(1) && list.length >= 2), JSON.stringify(kept));
  const without = kept.filter((list) => !list.includes(3)).length;
  t.true(without > 0, "not everything went onto the full disk");
  t.log(`disk of one of three full: ${shared.length} studies registered, ${without} of them without the full one; lost ${lost}`);

  await run("mount", ["-o", "remount,size=400m", repository]);
  const after = await eventually("its Kubo serves again", 60, async () => ((await tight.rpc<{ RepoSize: number }>("repo/stat")).RepoSize > 0 ? true : null));
  t.true(after);
  const more = await share(seat(0), inventStudy(2, 256));
  t.true((await keepers(swarm, more.root)).length >= 2);
});
