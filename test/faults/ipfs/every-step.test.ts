import { join } from "node:path";
import test from "ava";
import { findIpfsPrograms } from "../../../network/ipfs/find-engine.ts";
import { openJournal } from "../../../node-agent/src/journal/journal.ts";
import { skipLoudly } from "../../support/skip.ts";
import { keepAlive, persistently } from "../support/mortal.ts";
import { inventStudy, stow, type StudyRow, wado } from "../support/study.ts";
import { foundIpfsTown } from "./support/ipfs-town.ts";
import { keptBy, registered } from "./support/keepers.ts";

const programs = findIpfsPrograms();
const steps = (flow: string, ...names: readonly string[]): string[] => [...names.flatMap((name) => [`${flow} ${name} worked`, `${flow} ${name} recorded`]), `${flow} done`];
const transaction = (intent: string): string[] => ["recorded", "signed", "mined", "finished"].map((step) => `outbox ${intent} ${step}`);
const points = [...steps("shareStudy", "series", "root", "pinned", "registered", "retired"), ...["register", "supersede"].flatMap(transaction)];

test("an agent killed once at every step of placing, registering and replacing a study loses and doubles nothing", async (t) => {
  if (programs === null) return skipLoudly(t, "Kubo and IPFS Cluster are not built (npm run engines)");
  t.timeout(420_000);
  const { seat, swarm, close } = await foundIpfsTown(programs, { hospitals: 2, start: false });
  t.teardown(close);
  const a = seat(0);
  await seat(1).agent.start();
  const mortal = await keepAlive(a);
  const sent = inventStudy(4);
  const [early, ...late] = [sent.files.slice(0, 2), sent.files.slice(2, 3), sent.files.slice(3)];
  const atVersion = (version: number): Promise<StudyRow> =>
    persistently(`version ${version}`, 120, async () => {
      const { studies } = await a.as("clinician").get<{ studies: StudyRow[] }>("/api/studies");
      return studies.find((one) => one.version === version && one.state === "registered") ?? null;
    });
  t.is((await stow(a.as("clinician"), early)).status, 200);
  await atVersion(1);
  for (const [at, files] of late.entries()) {
    t.is((await persistently("a late instance", 30, async () => await stow(a.as("clinician"), files))).status, 200);
    await atVersion(at + 2);
  }
  await persistently("every point passed", 60, async () => (points.every((point) => mortal.points().includes(point)) ? true : null));
  const { root } = await persistently("the study", 60, () => registered(a, sent, 20));
  await keptBy(swarm, [root], 2, 60);
  t.deepEqual(await persistently("its bytes", 30, () => wado(a.as("clinician"), sent.uid)), sent.digests);
  await mortal.end();
  t.deepEqual(mortal.points().sort(), [...points].sort(), "it died at every point");
  const journal = openJournal(join(a.dataDir, "journal.sqlite"));
  t.deepEqual(journal.unfinished(), []);
  journal.close();
  const pinset = (await (await swarm.members[0]?.rest("GET", "/allocations"))?.text()) ?? "";
  t.is(pinset.trim().split("\n").filter((line) => line !== "").length, 1, "one root on the list: the present version's");
  t.log(`${mortal.deaths()} deaths; lost 0, doubled 0`);
});
