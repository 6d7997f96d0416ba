import test from "ava";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { fresh, startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const withdraw = (id: string, from = w.operator(1)) => w.send(from, w.studies, "withdraw", [id, 7]);

test.serial("a study is withdrawn once, also while writes are paused, and keeps its record", async (t) => {
  const [first, second] = [await w.register(1), await w.register(1)];
  emitted(t, await withdraw(first.id), "StudyWithdrawn", { studyId: first.id, custodian: 1, patient: first.patient.address, reason: 7 });
  t.is((await w.read<{ status: number }>(w.studies, "study", [first.id])).status, 2);
  await refused(t, "StudyNotActive", withdraw(first.id));
  await refused(t, "CallerNotCustodian", withdraw(second.id, w.operator(2)));
  await refused(t, "StudyUnknown", withdraw(fresh()));
  await w.pause(w.studies);
  await t.notThrowsAsync(withdraw(second.id));
});
