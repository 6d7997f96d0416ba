import test from "ava";
import { delivered, granted, requestOf, state } from "../support/access.ts";
import { emitted, refused, reportCoverage } from "../support/chain.ts";
import { fresh, purpose, startWorld, zero32 } from "../support/world.ts";

const w = await startWorld();
reportCoverage(test);
const acknowledge = (id: string, from = w.operator(2), receipt = fresh()) => w.send(from, w.access, "acknowledge", [id, receipt]);

test.serial("the receipt earns the custodian and the named account their credit", async (t) => {
  const account = w.signer().address;
  const { id, study } = await delivered(w, 1, 2, purpose.TREAT, { creditAccount: account });
  const receipt = fresh();
  const sent = await acknowledge(id, w.operator(2), receipt);
  emitted(t, sent, "AccessAcknowledged", { requestId: id, studyId: study.id, requester: 2, custodian: 1, receipt });
  const changes = sent.events.filter(({ name }) => name === "CreditChanged");
  t.deepEqual(changes.map(({ args }) => [args["subject"], args["counterparty"], args["delta"]]), [[w.member(1), w.member(2), 10], [w.account(account), w.member(2), 10]]);
  t.is((await requestOf(w, id)).state, state.Acknowledged);
  await refused(t, "RequestStateUnexpected", acknowledge(id));
});

test.serial("a second opinion closes, and earns nothing for an account nobody named", async (t) => {
  const { id, study } = await delivered(w, 1, 2, purpose.PATRQT);
  const sent = await acknowledge(id);
  t.is(sent.events.filter(({ name }) => name === "CreditChanged").length, 1);
  const account = await w.creditOf(w.account(study.patient.address));
  t.deepEqual([account.openRequests, account.raw], [0, 500]);
});

test.serial("only the requester, only after delivery, only with a receipt", async (t) => {
  const { id } = await delivered(w, 1, 2);
  await refused(t, "CallerNotParty", acknowledge(id, w.operator(1)));
  await refused(t, "DigestMissing", acknowledge(id, w.operator(2), zero32));
  await refused(t, "RequestStateUnexpected", acknowledge((await granted(w, 1, 2)).id));
  await refused(t, "RequestUnknown", acknowledge(fresh()));
  await w.pause(w.access);
  await refused(t, "WritesArePaused", acknowledge(id));
});
