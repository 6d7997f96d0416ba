import test from "ava";
import { ask, granted, reason, requestOf, state } from "../support/access.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { grant, revoke } from "../support/consents.ts";
import { day, fresh, mask, purpose, startWorld, zero, zero32 } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const deliver = (id: string, from = w.operator(1), digest = fresh()) => w.send(from, w.access, "deliver", [id, digest]);

test.serial("the custodian records the wrapped key and the patient's credit account", async (t) => {
  const account = w.signer().address;
  const { id, study } = await granted(w, 1, 2, purpose.TREAT, { creditAccount: account });
  const keyDigest = fresh();
  emitted(t, await deliver(id, w.operator(1), keyDigest), "AccessDelivered", { requestId: id, studyId: study.id, requester: 2, custodian: 1, keyDigest });
  t.like(await requestOf(w, id), { state: state.Delivered, creditAccount: account });
  t.deepEqual(await refused(t, "RequestStateUnexpected", deliver(id)), [id, state.Delivered]);
});

test.serial("nothing is delivered once the consent is gone, in whatever way", async (t) => {
  const revoked = await granted(w, 1, 2);
  await revoke(w, revoked.study, 2);
  t.deepEqual(await refused(t, "ConsentLapsed", deliver(revoked.id)), [revoked.id, reason.ConsentRevoked]);
  const narrowed = await granted(w, 1, 2);
  await grant(w, narrowed.study, { grantee: 2, purposes: mask(purpose.HLEGAL) });
  t.deepEqual(await refused(t, "ConsentLapsed", deliver(narrowed.id)), [narrowed.id, reason.PurposeNotCovered]);
  const withdrawn = await granted(w, 1, 2);
  await w.send(w.operator(1), w.studies, "withdraw", [withdrawn.study.id, 0]);
  t.deepEqual(await refused(t, "ConsentLapsed", deliver(withdrawn.id)), [withdrawn.id, reason.StudyWithdrawn]);
  const expired = await granted(w, 1, 2);
  await w.sleep(31 * day);
  t.deepEqual(await refused(t, "ConsentLapsed", deliver(expired.id)), [expired.id, reason.ConsentExpired]);
});

test.serial("an emergency is delivered without consent, but not to a hospital that lost its standing", async (t) => {
  const emergency = await granted(w, 1, 2, purpose.ETREAT);
  await t.notThrowsAsync(deliver(emergency.id));
  t.is((await requestOf(w, emergency.id)).creditAccount, zero);
  const second = await granted(w, 1, 4, purpose.ETREAT);
  await w.send(w.council, w.members, "suspend", [4]);
  t.deepEqual(await refused(t, "ConsentLapsed", deliver(second.id)), [second.id, reason.RequesterInactive]);
});

test.serial("a second opinion keeps the account it counts against", async (t) => {
  const { id, study } = await granted(w, 1, 2, purpose.PATRQT, { creditAccount: w.signer().address });
  const before = (await requestOf(w, id)).creditAccount;
  await grant(w, study, { grantee: 2, purposes: mask(purpose.PATRQT), creditAccount: w.signer().address });
  await deliver(id);
  t.is((await requestOf(w, id)).creditAccount, before);
});

test.serial("late is better than never", async (t) => {
  const { id } = await granted(w, 1, 2);
  await w.sleep(2 * day);
  await t.notThrowsAsync(deliver(id));
});

test.serial("only the custodian, only a granted request, only with a digest", async (t) => {
  const { id } = await granted(w, 1, 2);
  t.deepEqual(await refused(t, "CallerNotParty", deliver(id, w.operator(2))), [id, w.operator(2)]);
  t.deepEqual(await refused(t, "DigestMissing", deliver(id, w.operator(1), zero32)), [id]);
  const unknown = fresh();
  t.deepEqual(await refused(t, "RequestUnknown", deliver(unknown)), [unknown]);
  const no = await ask(w, (await w.register(1)).id, 2);
  await refused(t, "RequestStateUnexpected", deliver(no.id));
  await w.pause(w.access);
  await refused(t, "WritesArePaused", deliver(id));
});
