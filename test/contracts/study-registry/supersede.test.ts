import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { fresh, startWorld, zero32 } from "../support/world.ts";

const w = await startWorld();
const study = await w.register(1);
reportCoverage(test);
const supersede = (expected: number, root = fresh(), id = study.id, from = w.operator(1)) => w.send(from, w.studies, "supersede", [id, expected, root]);

test.serial("a new root is a new version", async (t) => {
  const root = fresh();
  emitted(t, await supersede(1, root), "StudySuperseded", { studyId: study.id, custodian: 1, patient: study.patient.address, version: 2, root });
  const now = await w.read<{ version: number; root: string }>(w.studies, "study", [study.id]);
  t.is(now.version, 2);
  t.is(now.root, root);
  t.deepEqual(await refused(t, "RootUnchanged", supersede(2, root)), [study.id]);
});

test.serial("refuses a version that has moved on, zero roots, other hospitals and unknown studies", async (t) => {
  t.deepEqual(await refused(t, "VersionUnexpected", supersede(1)), [study.id, 1, 2]);
  await refused(t, "StudyMalformed", supersede(2, zero32));
  t.deepEqual(await refused(t, "CallerNotCustodian", supersede(2, fresh(), study.id, w.operator(2))), [study.id, w.operator(2)]);
  await refused(t, "CallerNotActiveHospital", supersede(2, fresh(), study.id, w.stranger));
  await refused(t, "StudyUnknown", supersede(1, fresh(), fresh()));
});

test.serial("refuses withdrawn studies and paused writes", async (t) => {
  const gone = await w.register(1);
  await w.send(w.operator(1), w.studies, "withdraw", [gone.id, 0]);
  await refused(t, "StudyNotActive", supersede(1, fresh(), gone.id));
  await w.pause(w.studies);
  await refused(t, "WritesArePaused", supersede(2));
});
