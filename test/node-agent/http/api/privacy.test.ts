import { createHash, randomBytes } from "node:crypto";
import test from "ava";
import { address, digest, memberId, studyId } from "../../../../node-agent/src/model/ids.ts";
import type { LedgerFact } from "../../../../node-agent/src/model/ledger-events.ts";
import { fault } from "../../../../node-agent/src/model/fault.ts";
import { call } from "../support/api.ts";
import { type Hospital, openHospital } from "../support/hospital.ts";
import { patientId, phantom, storeFiles } from "../support/upload.ts";

let hospital: Hospital;
test.beforeEach(async () => {
  hospital = await openHospital();
});
test.afterEach.always(async () => {
  await hospital.close();
});

const random = () => address(`0x${randomBytes(20).toString("hex")}`);
const second = () => Math.floor(Date.now() / 1000);

/** Tells the index facts as of one block, as a chain would. */
function tell(number: number, facts: readonly LedgerFact[]): void {
  const hash = digest(`0x${createHash("sha256").update(String(number)).digest("hex")}`);
  const block = { number, hash, timestamp: second() };
  hospital.context.ledgerIndex.apply([{ block, events: facts.map((fact, logIndex) => ({ ...fact, block: number, timestamp: block.timestamp, logIndex, transaction: hash })) }]);
}
const registered = (study = studyId(`0x${randomBytes(32).toString("hex")}`), patient = random()): LedgerFact => ({
  kind: "StudyRegistered",
  study,
  custodian: memberId(1),
  patient,
  root: digest(`0x${randomBytes(32).toString("hex")}`),
});

test.serial("a history as CSV is all of it unless a limit is given, and JSON says where it goes on", async (t) => {
  tell(1, Array.from({ length: 1101 }, () => registered()));
  const lines = async (query: Record<string, string>) => (await call(t, hospital, "GET /api/history", { who: "auditor", query: { format: "csv", ...query } })).text.trim().split("\r\n").length - 1;
  t.is(await lines({}), 1101);
  t.is(await lines({ limit: "7" }), 7);
  const page = await call(t, hospital, "GET /api/history", { who: "auditor" });
  t.is((page.json["events"] as unknown[]).length, 100);
  t.truthy(page.json["next"]);
});

test.serial("a patient sees the credit of accounts its own consents named, of no others", async (t) => {
  await storeFiles(hospital, phantom("privacy", 1));
  const [own] = hospital.context.catalogue.studies();
  if (own === undefined || own.patient === null) return t.fail("no study");
  const [mine, foreign] = [random(), random()];
  const other = studyId(`0x${"07".repeat(32)}`);
  const terms = { grantee: memberId(2), purposes: ["TREAT"], notBefore: 1, expiry: second() + 60, class: "signed", nonce: 0, relayer: memberId(1) } as const;
  const patient = random();
  tell(1, [
    registered(own.study, own.patient),
    registered(other, patient),
    { kind: "ConsentGranted", ...terms, study: own.study, patient: own.patient, creditAccount: mine },
    { kind: "ConsentGranted", ...terms, study: other, patient, creditAccount: foreign },
    { kind: "ConsentRevoked", study: own.study, grantee: memberId(2), patient: own.patient, class: "signed", byCustodian: false, nonce: 1, relayer: memberId(1) },
  ]);
  const asked = async (who: string, account: string) => (await call(t, hospital, "GET /api/credit/accounts/:account", { who, params: { account } })).json["code"];
  // The chain is not there: to be let through is to hear of that.
  t.is(await asked("patient", mine), "LEDGER_UNREACHABLE");
  t.is(await asked("patient", foreign), "HTTP_FOREIGN_PATIENT");
  t.is(await asked("other.patient", mine), "HTTP_FOREIGN_PATIENT");
  t.is(await asked("auditor", foreign), "LEDGER_UNREACHABLE");
});

test.serial("the status names other people's studies to staff only", async (t) => {
  const study = studyId(`0x${"0a".repeat(32)}`);
  tell(1, [registered(study)]);
  hospital.context.attempts.start("recoverStudy", study, async () => Promise.reject(fault("STUDY_BLOCKS_MISSING", { study, missing: 1 })), () => {});
  await hospital.context.attempts.drained();
  t.true((await call(t, hospital, "GET /api/status")).text.includes(study));
  const shown = await call(t, hospital, "GET /api/status", { who: "patient" });
  t.is(shown.status, 200);
  t.false(shown.text.includes(study));
});

test.serial("a copy on which nothing stands any more names nobody, even before it is dropped", async (t) => {
  await storeFiles(hospital, phantom("privacy", 1));
  const [record] = hospital.context.catalogue.studies();
  if (record === undefined) return t.fail("no study");
  tell(1, [registered(record.study)]);
  t.true((await call(t, hospital, "GET /api/studies")).text.includes(patientId));
  hospital.context.catalogue.updateStudy(record.study, { role: "holder", state: "held", custodian: memberId(2) });
  for (const answer of [await call(t, hospital, "GET /api/studies"), await call(t, hospital, "GET /api/studies/:study", { params: { study: record.study } })]) {
    t.true(answer.text.includes(record.study));
    t.false(answer.text.includes(patientId));
  }
});
