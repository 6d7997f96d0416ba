import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { eventually } from "../../scripts/journey/expect.ts";
import { needles, searchResidue } from "../../scripts/journey/residue.ts";
import { skipLoudly } from "../support/skip.ts";
import { inventStudy, type Sent, stow, wado } from "./support/study.ts";
import { foundTown, seatAt } from "./support/town.ts";

/** What an agent's own disk does to it. */
const residue = (sent: readonly Sent[]) => [
  ...needles("patient's name", "Quellenberg"),
  ...needles("patient's name", "Perpetua"),
  ...sent.flatMap(({ uid, patientId }) => [...needles("study UID", uid), ...needles("patient id", patientId)]),
];

test.serial("killed at random moments of uploads: what was acknowledged is there, nothing is there in part, nothing is there in the clear", async (t) => {
  const town = await foundTown({ hospitals: 1, replicas: 1, settleSeconds: 3600 });
  t.teardown(town.close);
  const seat = seatAt(town, 0);
  await seat.agent.start();
  const acknowledged: Sent[] = [];
  const cut: Sent[] = [];
  for (let round = 0; round < 5; round++) {
    const whole = inventStudy(6, 256);
    t.is((await stow(seat.as("clinician"), whole.files)).status, 200);
    acknowledged.push(whole);
    const uploads = Array.from({ length: 3 }, () => inventStudy(6, 256));
    const running = uploads.map(async (sent) => {
      const answer = await stow(seat.as("clinician"), sent.files).catch(() => null);
      (answer?.status === 200 ? acknowledged : cut).push(sent);
    });
    await sleep(round * 40);
    await seat.agent.child().kill();
    await Promise.all(running);
    await seat.agent.start();
  }
  t.log(`${acknowledged.length} uploads acknowledged, ${cut.length} cut`);
  t.true(cut.length > 0, "some uploads were cut");
  for (const sent of acknowledged) t.deepEqual(await wado(seat.as("clinician"), sent.uid), sent.digests);
  // One upload is one transaction of the catalogue: all of it or none.
  for (const sent of cut) {
    const seen = await wado(seat.as("clinician"), sent.uid);
    if (typeof seen === "number") t.is(seen, 404);
    else t.deepEqual(seen, sent.digests);
    t.is((await stow(seat.as("clinician"), sent.files)).status, 200);
    t.deepEqual(await wado(seat.as("clinician"), sent.uid), sent.digests);
  }
  const search = await searchResidue([town.dir], residue([...acknowledged, ...cut]));
  t.deepEqual(search.findings, []);
  t.true(search.files > 5, "the databases and the blocks were looked at");
  t.deepEqual(await readdir(join(seat.dataDir, "blocks", "segments", "damaged")), [], "no half-written block");
});

test.serial("a second agent on the same folder is refused with a sentence, and the first goes on", async (t) => {
  const town = await foundTown({ hospitals: 1, replicas: 1 });
  t.teardown(town.close);
  const seat = seatAt(town, 0);
  await seat.agent.start();
  const sent = inventStudy();
  t.is((await stow(seat.as("clinician"), sent.files)).status, 200);
  const second = spawnSync(process.execPath, ["node-agent/src/main.ts", "agent", "run", "--config", seat.config], { encoding: "utf8", timeout: 30_000 });
  t.not(second.status, 0);
  t.regex(second.stderr, /DATABASE_IN_USE/u);
  t.notRegex(second.stderr, /at .*\.ts:\d+/u, "no stack for a person");
  t.deepEqual(await wado(seat.as("clinician"), sent.uid), sent.digests);
  t.true(await seat.agent.child().stop());
});

async function ownDisk(megabytes: number): Promise<{ dir: string; remount: (how: string) => void; close: () => Promise<void> } | null> {
  const dir = await mkdtemp(join(tmpdir(), "fiducial-disk-"));
  const mount = (...args: readonly string[]) => spawnSync("mount", args, { encoding: "utf8" }).status === 0;
  if (!mount("-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", dir)) {
    await rm(dir, { recursive: true });
    return null;
  }
  return {
    dir,
    remount: (how) => void mount("-o", `remount,${how}`, dir),
    close: async () => {
      spawnSync("umount", ["-l", dir]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

test.serial("a full disk: 507 with a sentence, nothing acknowledged is lost, and it goes on when there is room", async (t) => {
  const disk = await ownDisk(24);
  if (disk === null) return skipLoudly(t, "this account may not mount a small disk");
  t.teardown(disk.close);
  const dataDir = join(disk.dir, "data");
  await mkdir(dataDir);
  const town = await foundTown({ hospitals: 1, replicas: 1, dataDirs: [dataDir] });
  t.teardown(town.close);
  const seat = seatAt(town, 0);
  await seat.agent.start();
  const acknowledged: Sent[] = [];
  let refused: { status: number; text: string } | null = null;
  for (let round = 0; round < 60 && refused === null; round++) {
    const sent = inventStudy(6, 256);
    const answer = await stow(seat.as("clinician"), sent.files);
    if (answer.status === 200) acknowledged.push(sent);
    else refused = answer;
  }
  t.true(acknowledged.length > 3);
  t.is(refused?.status, 507, refused?.text);
  t.regex(refused?.text ?? "", /"code":"(?:BLOCKS_DISK_FULL|DATABASE_FULL)"/u);
  // The last bytes go as well, so that databases meet the full disk too.
  const { bavail, bsize } = await statfs(disk.dir);
  await writeFile(join(disk.dir, "filler"), Buffer.alloc(Math.max(0, bavail * bsize))).catch(() => undefined);
  for (let round = 0; round < 3; round++) {
    const answer = await stow(seat.as("clinician"), inventStudy(1, 64).files);
    t.is(answer.status, 507, answer.text);
  }
  for (const sent of acknowledged) t.deepEqual(await wado(seat.as("clinician"), sent.uid), sent.digests, "served from a full disk");
  await rm(join(disk.dir, "filler"));
  disk.remount("size=64m");
  const after = inventStudy(6, 256);
  await eventually("an upload once there is room", 20, async () => ((await stow(seat.as("clinician"), after.files)).status === 200 ? true : null));
  const states = async () => (await seat.as("clinician").get<{ studies: { state: string }[] }>("/api/studies?limit=1000")).studies.map(({ state }) => state);
  await eventually("everything registered", 40, async () => ((await states()).every((state) => state === "registered") ? true : null));
  t.is((await states()).length, acknowledged.length + 1);
  t.true(await seat.agent.child().stop());
  const search = await searchResidue([town.dir, disk.dir], residue([...acknowledged, after]));
  t.deepEqual(search.findings, []);
});

test.serial("a folder that cannot be written: said at the start, and 5xx with a code while running", async (t) => {
  const disk = await ownDisk(24);
  if (disk === null) return skipLoudly(t, "this account may not mount a small disk");
  t.teardown(disk.close);
  const dataDir = join(disk.dir, "data");
  await mkdir(dataDir);
  const town = await foundTown({ hospitals: 1, replicas: 1, dataDirs: [dataDir] });
  t.teardown(town.close);
  const seat = seatAt(town, 0);
  await seat.agent.start();
  const sent = inventStudy();
  t.is((await stow(seat.as("clinician"), sent.files)).status, 200);
  await eventually("registration", 30, async () => ((await seat.as("clinician").get<{ state: string }>(`/api/studies/${sent.uid}`)).state === "registered" ? true : null));
  t.true(await seat.agent.child().stop());
  disk.remount("ro");
  const start = spawnSync(process.execPath, ["node-agent/src/main.ts", "agent", "run", "--config", seat.config], { encoding: "utf8", timeout: 30_000 });
  t.not(start.status, 0);
  t.regex(start.stderr, /\[[A-Z]+_[A-Z_]+\]/u, "a code");
  t.regex(start.stderr, /read-?only|cannot be (?:written|used|opened)/iu, start.stderr);
  t.notRegex(start.stderr, /mistake in the program/u);
  disk.remount("rw");
  await seat.agent.start();
  t.deepEqual(await wado(seat.as("clinician"), sent.uid), sent.digests);
  t.regex(await readFile(seat.log, "utf8"), /"event":"agent ready"/u);
});
