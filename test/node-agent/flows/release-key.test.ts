import { randomBytes } from "node:crypto";
import test from "ava";
import { readCertificate } from "../../../node-agent/src/envelope/certificate.ts";
import { wrapSessionKey } from "../../../node-agent/src/envelope/session-key.ts";
import { keyDigestOf } from "../../../node-agent/src/flows/answer-request.ts";
import { copyVerdict } from "../../../node-agent/src/flows/copy-verdict.ts";
import { newRequestId } from "../../../node-agent/src/flows/request-access.ts";
import { fault } from "../../../node-agent/src/model/fault.ts";
import { releaseKey } from "../../../node-agent/src/flows/release-key.ts";
import { address, digest, memberId, type RequestId } from "../../../node-agent/src/model/ids.ts";
import type { LedgerFact } from "../../../node-agent/src/model/ledger-events.ts";
import { Town } from "./support/room.ts";
import { onlyStudy, publish, slices, store } from "./support/studies.ts";

const [one, two, three] = [memberId(1), memberId(2), memberId(3)];
const second = (): number => Math.floor(Date.now() / 1000);

/** Hospital 1 shares a study; hospital 2 has a delivered request under a consent of an hour, or as an emergency. */
async function scene(t: { teardown(fn: () => Promise<void>): void }, emergency = false) {
  const town = new Town();
  t.teardown(() => town.close());
  await town.open(3);
  const custodian = town.at(1);
  await store(custodian, slices(1));
  const study = await publish(town, custodian, onlyStudy(custodian).study);
  const patient = study.patient ?? address(`0x${"00".repeat(20)}`);
  const request = newRequestId();
  const consent: LedgerFact = {
    kind: "ConsentGranted",
    study: study.study,
    grantee: two,
    patient,
    purposes: ["TREAT"],
    notBefore: second() - 10,
    expiry: second() + 3600,
    class: "signed",
    creditAccount: patient,
    nonce: 0,
    relayer: one,
  };
  const wrappedKey = await wrapSessionKey(await custodian.sessionKeys.of(study), await readCertificate(town.at(2).keyring.identity.certificate.binary));
  custodian.catalogue.putRelease({ request, study: study.study, requester: two, wrappedKey });
  const asked: LedgerFact = {
    kind: "AccessRequested",
    request,
    study: study.study,
    requester: two,
    custodian: one,
    patient,
    purpose: emergency ? "ETREAT" : "TREAT",
    granted: true,
    reason: "none",
    emergency,
    dueBy: second() + 60,
  };
  town.tell([...(emergency ? [] : [consent]), asked]);
  const deliver = (): void => town.tell([{ kind: "KeyDelivered", request, study: study.study, requester: two, custodian: one, keyDigest: keyDigestOf(wrappedKey) }]);
  const release = (requester = two, id: RequestId = request) => releaseKey(custodian, { requester, request: id });
  const verdict = () => copyVerdict(town.at(2), { study: study.study, role: "holder" });
  return { town, custodian, study, patient, request, wrappedKey, deliver, release, verdict };
}

test("the key goes to the requester alone, once delivered and while the consent stands", async (t) => {
  const { release, deliver, wrappedKey, verdict } = await scene(t);
  t.is(release(), null, "granted, not delivered");
  deliver();
  t.deepEqual(Buffer.from(release() ?? []), Buffer.from(wrappedKey));
  t.is(verdict(), null);
  t.throws(() => release(three), { message: /made by another member/u });
  t.throws(() => release(two, newRequestId()), { message: /not known here/u });
});

test("a revocation ends release and copy from its block on", async (t) => {
  const { town, release, deliver, study, patient, verdict } = await scene(t);
  deliver();
  town.tell([{ kind: "ConsentRevoked", study: study.study, grantee: two, patient, class: "signed", byCustodian: false, nonce: 1, relayer: one }]);
  t.throws(() => release(), { message: /was revoked/u });
  t.is(verdict(), "STUDY_CONSENT_REVOKED");
});

test("an expiry ends release and copy without any new block", async (t) => {
  const { town, release, deliver, verdict } = await scene(t);
  deliver();
  for (const room of town.rooms) room.setNow(Date.now() + 3_601_000);
  town.tell([], second() + 3601);
  t.throws(() => release(), { message: /has ended/u });
  t.is(verdict(), "STUDY_CONSENT_EXPIRED");
});

test("nothing is released on a stale index, under an alarm, to a suspended member, or for a withdrawn study", async (t) => {
  const { town, custodian, release, deliver, study, patient, verdict } = await scene(t);
  deliver();
  town.rooms[0]?.setNow(Date.now() + 3_700_000);
  t.throws(() => release(), { message: /newest block/u });
  town.rooms[0]?.setNow(Date.now());
  t.truthy(release());
  town.tell([{ kind: "MemberStatusChanged", member: two, status: "suspended" }]);
  t.throws(() => release(), { message: /another member/u });
  town.tell([{ kind: "MemberStatusChanged", member: two, status: "active" }, { kind: "StudyWithdrawn", study: study.study, custodian: one, patient, reason: 1 }]);
  t.throws(() => release(), { message: /withdrawn/u });
  t.is(verdict(), "STUDY_WITHDRAWN");
  custodian.watch.doubted(fault("LEDGER_REORG", { block: 1, expected: "x", actual: "missing" }));
  t.throws(() => release(), { message: /block 1 was x/u });
});

test("an emergency needs no consent, and ends with its hold or with its review", async (t) => {
  const { town, release, deliver, verdict, request, study } = await scene(t, true);
  deliver();
  t.truthy(release());
  t.is(verdict(), null);
  town.rooms[1]?.setNow(Date.now() + 3_601_000);
  t.is(verdict(), "STUDY_EMERGENCY_ENDED");
  town.rooms[1]?.setNow(Date.now());
  town.tell([{ kind: "AccessReviewed", request, study: study.study, accused: two, reviewer: address(`0x${"11".repeat(20)}`), justified: false, note: digest(`0x${randomBytes(32).toString("hex")}`) }]);
  t.throws(() => release(), { message: /not justified/u });
  t.is(verdict(), "STUDY_ACCESS_NOT_JUSTIFIED");
});
