import test from "ava";
import { refused, reportCoverage } from "../support/chain.ts";
import { fresh, startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const ids = (count: number) => Array.from({ length: count }, fresh);
const patients = (count: number) => Array.from({ length: count }, (_item, index) => `0x${(BigInt(fresh()) + BigInt(index)).toString(16).padStart(64, "0").slice(24)}`);
const batch = (studyIds: readonly string[], people: readonly string[], roots: readonly string[], from = w.operator(1)) =>
  w.send(from, w.studies, "registerBatch", [studyIds, people, roots]);

test.serial("registers two hundred at once", async (t) => {
  const sent = await batch(ids(200), patients(200), ids(200));
  t.is(sent.events.filter(({ name }) => name === "StudyRegistered").length, 200);
});

test.serial("all or none", async (t) => {
  const [one = fresh(), two = fresh()] = ids(2);
  const [person = ""] = patients(1);
  await refused(t, "PatientAddressReused", batch([one, two], [person, person], ids(2)));
  t.deepEqual((await w.read<{ status: number }>(w.studies, "study", [one])).status, 0);
});

test.serial("refuses empty, oversized and uneven batches, strangers and paused writes", async (t) => {
  t.deepEqual(await refused(t, "BatchMalformed", batch([], [], [])), [0n, 0n, 200n]);
  await refused(t, "BatchMalformed", batch(ids(201), patients(201), ids(201)));
  await refused(t, "BatchMalformed", batch(ids(2), patients(1), ids(2)));
  await refused(t, "BatchMalformed", batch(ids(2), patients(2), ids(1)));
  await refused(t, "CallerNotActiveHospital", batch(ids(1), patients(1), ids(1), w.stranger));
  await w.pause(w.studies);
  await refused(t, "WritesArePaused", batch(ids(1), patients(1), ids(1)));
});
