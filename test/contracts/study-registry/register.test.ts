import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { fresh, startWorld, zero, zero32 } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const register = (id = fresh(), patient: string = w.signer().address, root = fresh(), from = w.operator(1)) =>
  w.send(from, w.studies, "register", [id, patient, root]);

test.serial("registers a study of the caller's hospital, version 1", async (t) => {
  const [id, patient, root] = [fresh(), w.signer().address, fresh()];
  emitted(t, await register(id, patient, root), "StudyRegistered", { studyId: id, custodian: 1, patient, root });
  t.deepEqual(await w.read(w.studies, "study", [id]), { custodian: 1, patient, root, version: 1, status: 1, registeredAt: await w.now() });
  t.deepEqual(await w.read(w.studies, "parties", [id]), [1, patient, 1]);
});

test.serial("neither a study id nor a patient address is used twice, by anyone", async (t) => {
  const [id, patient] = [fresh(), w.signer().address];
  await register(id, patient);
  t.deepEqual(await refused(t, "StudyExists", register(id)), [id]);
  t.deepEqual(await refused(t, "PatientAddressReused", register(fresh(), patient, fresh(), w.operator(2))), [patient]);
});

test.serial("refuses zeros, callers without an Active hospital, and paused writes", async (t) => {
  await refused(t, "StudyMalformed", register(zero32));
  await refused(t, "StudyMalformed", register(fresh(), zero));
  await refused(t, "StudyMalformed", register(fresh(), w.signer().address, zero32));
  for (const from of [w.stranger, w.governor(1), w.council]) {
    t.deepEqual(await refused(t, "CallerNotActiveHospital", register(fresh(), w.signer().address, fresh(), from)), [from]);
  }
  await w.send(w.council, w.members, "suspend", [2]);
  await refused(t, "CallerNotActiveHospital", register(fresh(), w.signer().address, fresh(), w.operator(2)));
  await w.pause(w.studies);
  await refused(t, "WritesArePaused", register());
});
