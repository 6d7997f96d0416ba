import { randomBytes } from "node:crypto";
import { join } from "node:path";
import test from "ava";
import { openJournal } from "../../node-agent/src/journal/journal.ts";
import { Unexpected } from "../../scripts/journey/api-client.ts";
import { wholeHistory } from "../../scripts/journey/history.ts";
import { keepAlive, persistently } from "./support/mortal.ts";
import { inventStudy, stow, type StudyRow, wado } from "./support/study.ts";
import { foundTown, seatAt, type Town } from "./support/town.ts";

/**
 * A study's whole life with agents that kill themselves (SIGKILL) once at every point between two steps: each step of sharing, of a second
 * version, of an attestation, of answering and fetching, and each step of every transaction.
 */
let town: Town;
test.before(async () => {
  town = await foundTown({ hospitals: 2 });
});
test.after.always(() => town.close());

const steps = (flow: string, ...names: readonly string[]): string[] => [...names.flatMap((name) => [`${flow} ${name} worked`, `${flow} ${name} recorded`]), `${flow} done`];
const transaction = (intent: string): string[] => ["recorded", "signed", "mined", "finished"].map((step) => `outbox ${intent} ${step}`);
const custodianPoints = [
  ...steps("shareStudy", "series", "root", "pinned", "registered", "retired"),
  ...steps("attestConsent", "approved", "attested"),
  ...["register", "supersede", "attest", "deliver"].flatMap(transaction),
];
const requesterPoints = [...steps("fetchStudy", "key", "acknowledged"), ...["request", "acknowledge"].flatMap(transaction)];

test("killed once at every step, nothing is lost, doubled or shown in part", async (t) => {
  t.timeout(180_000);
  const [a, b] = [seatAt(town, 0), seatAt(town, 1)];
  const [mortalA, mortalB] = await Promise.all([keepAlive(a), keepAlive(b)]);
  const first = inventStudy(4);
  const [early, ...late] = [first.files.slice(0, 2), first.files.slice(2, 3), first.files.slice(3)];

  // Acknowledged once, then it must survive everything that follows.
  t.is((await stow(a.as("clinician"), early)).status, 200);
  const atVersion = (version: number): Promise<StudyRow> =>
    persistently(`version ${version}`, 90, async () => {
      const { studies } = await a.as("clinician").get<{ studies: StudyRow[] }>("/api/studies");
      return studies.find((one) => one.version === version && one.state === "registered") ?? null;
    });
  const { study } = await atVersion(1);
  // Two late instances: the second farewell to an old version reaches the step at which the first one died.
  for (const [at, files] of late.entries()) {
    t.is((await persistently("a late instance", 20, async () => await stow(a.as("clinician"), files))).status, 200);
    await atVersion(at + 2);
  }

  const now = Math.floor(Date.now() / 1000);
  const terms = { study, grantee: b.member, purposes: ["TREAT"], notBefore: now - 60, expiry: now + 86_400 };
  const { proposal } = await persistently("the proposal", 20, () => a.as("clinician").post<{ proposal: string }>("/api/attestations", terms));
  await persistently("the approval", 60, async () => {
    const { attestations } = await a.as("second").get<{ attestations: { attestation?: string }[] }>("/api/attestations");
    if (attestations.length === 0) return true;
    await a.as("second").post(`/api/attestations/${proposal}/approve`).catch((error: unknown) => {
      if (error instanceof Unexpected && !error.message.includes("ATTESTATION_UNKNOWN")) throw error;
    });
    return null;
  });
  await persistently("the consent at the requester", 20, async () => {
    const { studies } = await b.as("clinician").get<{ studies: StudyRow[] }>("/api/studies?scope=offered");
    return studies.find((one) => one.study === study) ?? null;
  });

  const request = `0x${randomBytes(32).toString("hex")}`;
  let sightings = 0;
  await persistently("the study at the requester", 90, async () => {
    const seen = await wado(b.as("clinician"), first.uid);
    sightings++;
    if (typeof seen !== "number") t.deepEqual(seen, first.digests, "what is shown is whole");
    else t.true([404, 503].includes(seen), `not there yet, and said so: ${seen}`);
    const asked = await b.as("clinician").post<{ state: string; localState: string | null }>("/api/requests", { study, purpose: "TREAT", request });
    return asked.state === "acknowledged" && asked.localState === "held" && mortalB.points().includes("fetchStudy done") ? asked : null;
  });
  await persistently("a quiet custodian", 30, async () => (await wado(a.as("clinician"), first.uid)) !== 503 || null);

  t.deepEqual(await persistently("the custodian's bytes", 20, () => wado(a.as("clinician"), first.uid)), first.digests);
  t.deepEqual(await persistently("the requester's bytes", 20, () => wado(b.as("clinician"), first.uid)), first.digests);
  const events = await persistently("the history", 20, () => wholeHistory(a.as("auditor"), `study=${study}`));
  const counts = Object.fromEntries(Object.entries(Object.groupBy(events, (event) => event.kind)).map(([kind, list]) => [kind, list?.length]));
  t.deepEqual(counts, { StudyRegistered: 1, StudySuperseded: 2, ConsentGranted: 1, AccessRequested: 1, KeyDelivered: 1, AccessAcknowledged: 1 });

  await Promise.all([mortalA.end(), mortalB.end()]);
  t.deepEqual(mortalA.points().sort(), [...custodianPoints].sort(), "the custodian died at every point");
  t.deepEqual(mortalB.points().sort(), [...requesterPoints].sort(), "the requester died at every point");
  for (const seat of [a, b]) {
    const journal = openJournal(join(seat.dataDir, "journal.sqlite"));
    t.deepEqual(journal.unfinished(), [], `${seat.name} has nothing left to do`);
    journal.close();
  }
  t.log(`${mortalA.deaths()} deaths of the custodian, ${mortalB.deaths()} of the requester; ${sightings} looks at the copy on its way`);
});
