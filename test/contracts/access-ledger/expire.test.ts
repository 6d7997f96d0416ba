import test from "ava";
import { delivered, granted, requestOf, state } from "../support/access.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { revoke } from "../support/consents.ts";
import { day, fresh, purpose, startWorld } from "../support/world.ts";

const w = await startWorld({ delivery: 100, emergencyDelivery: 10 });
reportCoverage(test);
const expire = (id: string, by = 3) => w.send(w.operator(by), w.access, "expire", [id]);

test.serial("a missed deadline costs the custodian fifty, once", async (t) => {
  const { id, study } = await granted(w, 1, 2);
  const { dueBy } = await requestOf(w, id);
  await w.nextBlockAt(dueBy);
  t.deepEqual(await refused(t, "NotYetDue", expire(id)), [id, dueBy]);
  await w.sleep(100);
  const sent = await expire(id);
  emitted(t, sent, "AccessExpired", { requestId: id, studyId: study.id, requester: 2, custodian: 1, penalised: true });
  emitted(t, sent, "CreditChanged", { subject: w.member(1), cause: 2, delta: -50, raw: 450, counterparty: w.member(2) });
  t.is((await requestOf(w, id)).state, state.Expired);
  await refused(t, "RequestStateUnexpected", expire(id));
});

test.serial("a custodian that could not deliver is not penalised", async (t) => {
  const revoked = await granted(w, 1, 2);
  await revoke(w, revoked.study, 2);
  const withdrawn = await granted(w, 1, 2);
  await w.send(w.operator(1), w.studies, "withdraw", [withdrawn.study.id, 0]);
  const suspended = await granted(w, 4, 2, purpose.ETREAT);
  await w.send(w.council, w.members, "suspend", [4]);
  await w.sleep(1000);
  for (const { id } of [revoked, withdrawn, suspended]) {
    const sent = await expire(id);
    emitted(t, sent, "AccessExpired", { penalised: false });
    t.is(sent.events.length, 1);
  }
});

test.serial("a consent that ran out after the deadline does not excuse", async (t) => {
  const { id } = await granted(w, 3, 2);
  await w.sleep(40 * day);
  emitted(t, await expire(id), "AccessExpired", { penalised: true });
});

test.serial("an expired second opinion is closed", async (t) => {
  const { id, study } = await granted(w, 1, 2, purpose.PATRQT);
  await w.sleep(1000);
  await expire(id);
  t.is((await w.creditOf(w.account(study.patient.address))).openRequests, 0);
});

test.serial("strangers, delivered and unknown requests and paused writes are refused", async (t) => {
  const { id } = await delivered(w, 1, 2);
  await refused(t, "RequestStateUnexpected", expire(id));
  await refused(t, "RequestUnknown", expire(fresh()));
  await refused(t, "CallerNotActiveHospital", w.send(w.stranger, w.access, "expire", [id]));
  await w.pause(w.access);
  await refused(t, "WritesArePaused", expire(id));
});
