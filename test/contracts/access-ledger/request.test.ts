import test from "ava";
import type { Hex } from "viem";
import { ask, outcome, reason, requestOf, state, verdict } from "../support/access.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { grant, revoke } from "../support/consents.ts";
import { day, fresh, mask, purpose, startWorld, zero, zero32 } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);

async function denied(t: Parameters<typeof emitted>[0], study: `0x${string}`, why: number, expected: number, requester = 2) {
  const { id, sent } = await ask(w, study, requester, why);
  const got = emitted(t, sent, "AccessRequested", { requestId: id, outcome: outcome.Denied, reason: expected, dueBy: 0 });
  const kept = await requestOf(w, id);
  t.like(kept, { studyId: study, requester, outcome: outcome.Denied, reason: expected, state: state.Denied, review: verdict.None, dueBy: 0 });
  return got;
}

test.serial("a covered request is granted and recorded", async (t) => {
  const study = await w.register(1);
  await grant(w, study, { grantee: 2 });
  const { id, sent } = await ask(w, study.id, 2);
  const now = await w.now();
  emitted(t, sent, "AccessRequested", {
    requestId: id,
    studyId: study.id,
    requester: 2,
    patient: study.patient.address,
    custodian: 1,
    purpose: purpose.TREAT,
    outcome: outcome.Granted,
    reason: reason.None,
    emergency: false,
    dueBy: now + day,
  });
  t.deepEqual(await requestOf(w, id), {
    studyId: study.id,
    requester: 2,
    custodian: 1,
    purpose: purpose.TREAT,
    outcome: outcome.Granted,
    reason: reason.None,
    state: state.Granted,
    review: verdict.None,
    accused: 0,
    requestedAt: now,
    dueBy: now + day,
    creditAccount: zero,
  });
});

test.serial("every refusal is an answer with its reason, not an error", async (t) => {
  const unknown = await denied(t, fresh(), purpose.TREAT, reason.UnknownStudy);
  t.deepEqual([unknown["patient"], unknown["custodian"]], [zero, 0]);
  const study = await w.register(1);
  await denied(t, study.id, purpose.TREAT, reason.NoConsent);
  const now = await w.now();
  await grant(w, study, { grantee: 2, notBefore: now + day, expiry: now + 2 * day, purposes: mask(purpose.TREAT, purpose.HRESCH) });
  await denied(t, study.id, purpose.TREAT, reason.ConsentNotYetValid);
  await grant(w, study, { grantee: 2, purposes: mask(purpose.TREAT, purpose.HRESCH) });
  await denied(t, study.id, purpose.HLEGAL, reason.PurposeNotCovered);
  await denied(t, study.id, purpose.HRESCH, reason.CreditTooLow);
  await w.sleep(31 * day);
  await denied(t, study.id, purpose.TREAT, reason.ConsentExpired);
  await grant(w, study, { grantee: 2 });
  await revoke(w, study, 2);
  await denied(t, study.id, purpose.TREAT, reason.ConsentRevoked);
  await w.send(w.operator(1), w.studies, "withdraw", [study.id, 0]);
  await denied(t, study.id, purpose.TREAT, reason.StudyWithdrawn);
  await denied(t, study.id, purpose.ETREAT, reason.StudyWithdrawn);
});

test.serial("an emergency needs no consent, is flagged and awaits review", async (t) => {
  const study = await w.register(1);
  const { id, sent } = await ask(w, study.id, 3, purpose.ETREAT);
  emitted(t, sent, "AccessRequested", { outcome: outcome.Granted, emergency: true, dueBy: (await w.now()) + 900 });
  t.like(await requestOf(w, id), { state: state.Granted, review: verdict.Pending, accused: 3 });
});

test.serial("the same request again answers the same and changes nothing", async (t) => {
  const study = await w.register(1);
  const { id } = await ask(w, study.id, 2);
  const before = await requestOf(w, id);
  await grant(w, study, { grantee: 2 });
  const again = await ask(w, study.id, 2, purpose.TREAT, id);
  t.is(again.sent.events.length, 0);
  t.deepEqual(await requestOf(w, id), before);
  const { id: second } = await ask(w, study.id, 2);
  t.is((await ask(w, study.id, 2, purpose.TREAT, second)).sent.events.length, 0);
  for (const [requester, why, what] of [[3, 0, study.id], [2, 1, study.id], [2, 0, fresh()]] as const) {
    t.deepEqual(await refused(t, "RequestIdTaken", ask(w, what, requester, why, id)), [id]);
  }
});

test.serial("second opinions are limited by the patient's tier, per named account or per study", async (t) => {
  const account = w.signer().address;
  const study = await w.register(1);
  await grant(w, study, { grantee: 2, purposes: mask(purpose.PATRQT), creditAccount: account });
  for (const _turn of [1, 2]) {
    const { id } = await ask(w, study.id, 2, purpose.PATRQT);
    t.is((await requestOf(w, id)).creditAccount, account);
  }
  t.is((await w.creditOf(w.account(account))).openRequests, 2);
  const refusal = await denied(t, study.id, purpose.PATRQT, reason.OpenRequestLimit);
  t.is((await requestOf(w, refusal["requestId"] as Hex)).creditAccount, zero, "what was refused counts against nobody");
  const nameless = await w.register(1);
  await grant(w, nameless, { grantee: 2, purposes: mask(purpose.PATRQT) });
  const { id } = await ask(w, nameless.id, 2, purpose.PATRQT);
  t.is((await requestOf(w, id)).creditAccount, zero);
  t.is((await w.creditOf(w.account(nameless.patient.address))).openRequests, 1);
});

test.serial("a custodian that is not Active cannot be asked, but for an emergency", async (t) => {
  const study = await w.register(4);
  await grant(w, study, { grantee: 2 });
  await w.send(w.council, w.members, "suspend", [4]);
  await denied(t, study.id, purpose.TREAT, reason.CustodianInactive);
  emitted(t, (await ask(w, study.id, 2, purpose.ETREAT)).sent, "AccessRequested", { outcome: outcome.Granted });
});

test.serial("malformed calls and callers without a hospital are refused", async (t) => {
  const study = await w.register(1);
  t.deepEqual(await refused(t, "OwnStudy", ask(w, study.id, 1)), [study.id]);
  t.deepEqual(await refused(t, "PurposeUnknown", ask(w, study.id, 2, 7)), [7]);
  await refused(t, "RequestIdTaken", ask(w, study.id, 2, 0, zero32));
  await refused(t, "CallerNotActiveHospital", w.send(w.stranger, w.access, "request", [fresh(), study.id, 0]));
  await refused(t, "CallerNotActiveHospital", w.send(w.operator(4), w.access, "request", [fresh(), study.id, 0]));
  t.is((await requestOf(w, fresh())).outcome, outcome.None);
  await w.pause(w.access);
  await refused(t, "WritesArePaused", ask(w, study.id, 2));
});
