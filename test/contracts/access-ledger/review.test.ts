import test from "ava";
import { delivered, granted, requestOf, verdict } from "../support/access.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { fresh, purpose, startWorld } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const review = (id: string, justified: boolean, note = fresh(), from = w.reviewer) => w.send(from, w.access, "review", [id, justified, note]);

test.serial("an unjustified emergency costs the requester two hundred", async (t) => {
  const { id, study } = await granted(w, 1, 3, purpose.ETREAT);
  const note = fresh();
  const sent = await review(id, false, note);
  emitted(t, sent, "AccessReviewed", { requestId: id, studyId: study.id, accused: 3, reviewer: w.reviewer, justified: false, note });
  emitted(t, sent, "CreditChanged", { subject: w.member(3), cause: 3, delta: -200, raw: 300, score: 300, counterparty: w.member(1) });
  t.like(await requestOf(w, id), { review: verdict.Unjustified, accused: 3 });
  t.deepEqual(await refused(t, "ReviewNotPending", review(id, true)), [id, verdict.Unjustified]);
});

test.serial("a justified one costs nothing", async (t) => {
  const { id } = await granted(w, 1, 2, purpose.ETREAT);
  t.is((await review(id, true)).events.length, 1);
  t.is((await requestOf(w, id)).review, verdict.Justified);
});

test.serial("a disputed delivery that was not justified costs the custodian", async (t) => {
  const { id } = await delivered(w, 4, 2);
  await w.send(w.operator(2), w.access, "dispute", [id, 1]);
  emitted(t, await review(id, false), "CreditChanged", { subject: w.member(4), delta: -200, counterparty: w.member(2) });
});

test.serial("only reviewers, only what awaits review", async (t) => {
  const { id } = await granted(w, 1, 2);
  t.deepEqual(await refused(t, "ReviewNotPending", review(id, true)), [id, verdict.None]);
  await refused(t, "RequestUnknown", review(fresh(), true));
  for (const from of [w.operator(1), w.council, w.guardian]) await refused(t, "AccessManagedUnauthorized", review(id, true, fresh(), from));
  await w.pause(w.access);
  await refused(t, "WritesArePaused", review(id, true));
});
