import test from "ava";
import { acknowledged, delivered, granted, requestOf, state, verdict } from "../support/access.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { fresh, purpose, startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const dispute = (id: string, by: number) => w.send(w.operator(by), w.access, "dispute", [id, 3]);

test.serial("the requester disputes a delivery: the custodian is under review", async (t) => {
  const { id, study } = await delivered(w, 1, 2);
  emitted(t, await dispute(id, 2), "AccessDisputed", { requestId: id, studyId: study.id, by: 2, reason: 3 });
  t.like(await requestOf(w, id), { state: state.Disputed, review: verdict.Pending, accused: 1 });
  await refused(t, "RequestStateUnexpected", dispute(id, 1));
});

test.serial("the custodian disputes a use, also an acknowledged one: the requester is under review", async (t) => {
  const { id } = await acknowledged(w, 1, 2);
  await refused(t, "RequestStateUnexpected", dispute(id, 2));
  emitted(t, await dispute(id, 1), "AccessDisputed", { by: 1 });
  t.like(await requestOf(w, id), { review: verdict.Pending, accused: 2 });
});

test.serial("an emergency keeps the one review it has", async (t) => {
  const { id } = await delivered(w, 1, 2, purpose.ETREAT);
  await dispute(id, 2);
  t.like(await requestOf(w, id), { state: state.Disputed, review: verdict.Pending, accused: 2 });
});

test.serial("a disputed second opinion is closed once", async (t) => {
  const { id, study } = await delivered(w, 1, 2, purpose.PATRQT);
  await dispute(id, 2);
  t.is((await w.creditOf(w.account(study.patient.address))).openRequests, 0);
  const done = await acknowledged(w, 1, 2, purpose.PATRQT);
  await t.notThrowsAsync(dispute(done.id, 1));
});

test.serial("outsiders, early disputes and unknown requests are refused", async (t) => {
  const { id } = await granted(w, 1, 2);
  t.deepEqual(await refused(t, "CallerNotParty", dispute(id, 3)), [id, w.operator(3)]);
  await refused(t, "RequestStateUnexpected", dispute(id, 2));
  await refused(t, "RequestUnknown", dispute(fresh(), 2));
  await w.pause(w.access);
  await refused(t, "WritesArePaused", dispute(id, 2));
});
