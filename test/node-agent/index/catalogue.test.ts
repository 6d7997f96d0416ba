import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test, { type ExecutionContext } from "ava";
import { openCatalogue } from "../../../node-agent/src/index/catalogue.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { memberId, requestId, type Uid } from "../../../node-agent/src/model/ids.ts";
import type { Catalogue, StudyRecord } from "../../../node-agent/src/ports/catalogue.ts";
import { account, id, instanceRecord, markers, studyRecord } from "./records.ts";

const folder = await mkdtemp(join(tmpdir(), "fiducial-catalogue-"));
test.after.always(() => rm(folder, { recursive: true }));
const indexKey = new Uint8Array(randomBytes(32));
const path = (name: string): string => join(folder, `${name}.db`);
const openAt = (name: string): Catalogue => openCatalogue(path(name), { indexKey });
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return "nothing was thrown";
};
const request = requestId(`0x${"aa".repeat(32)}`);

function fill(catalogue: Catalogue): void {
  catalogue.putPatient({ patientId: markers.patientId, issuer: markers.issuer, xpub: markers.xpub, nextIndex: 0 });
  catalogue.putPatientAddress(account(9), markers.patientId, markers.issuer, catalogue.takeIndex(markers.patientId, markers.issuer));
  catalogue.putStudy(studyRecord());
  catalogue.putInstances([instanceRecord(1), instanceRecord(2, { series: `${markers.seriesUid}.2` as Uid }), instanceRecord(3)]);
  catalogue.putRelease({ request, study: id(1), requester: memberId(2), wrappedKey: new Uint8Array([5, 6, 7]) });
  catalogue.putPin({ study: id(1), root: id(7) as never, owner: memberId(1), holder: memberId(3) });
}

function check(t: Pick<ExecutionContext, "deepEqual" | "is">, catalogue: Catalogue): void {
  t.deepEqual(catalogue.study(id(1)), studyRecord());
  t.deepEqual(catalogue.studyByUid(markers.studyUid), studyRecord());
  t.deepEqual(catalogue.instances(id(1)).map(({ number }) => number), [1, 2, 3]);
  t.deepEqual(catalogue.instances(id(1), markers.seriesUid), [instanceRecord(1), instanceRecord(3)]);
  const [first, , third] = catalogue.instances(id(1));
  t.is(first?.attributes["00080060"], third?.attributes["00080060"], "what instances have in common is in memory once");
  t.deepEqual(catalogue.instanceByUid(`${markers.instanceUid}.1` as Uid), instanceRecord(1));
  t.deepEqual(catalogue.patient(markers.patientId, markers.issuer), { patientId: markers.patientId, issuer: markers.issuer, xpub: markers.xpub, nextIndex: 1 });
  t.deepEqual(catalogue.patients().length, 1);
  t.deepEqual(catalogue.patientAddresses(markers.patientId, markers.issuer), [account(9)]);
  t.deepEqual(catalogue.patientOf(account(9)), { patientId: markers.patientId, issuer: markers.issuer, index: 0 });
  t.deepEqual(catalogue.release(request), { request, study: id(1), requester: memberId(2), wrappedKey: new Uint8Array([5, 6, 7]) });
  t.deepEqual(catalogue.pins({ holder: memberId(3) }).map(({ owner }) => owner), [1]);
}

test("everything put is there, at once and after a restart", (t) => {
  let catalogue = openAt("round");
  fill(catalogue);
  check(t, catalogue);
  catalogue.close();
  catalogue = openAt("round");
  check(t, catalogue);
  t.is(catalogue.study(id(9)), null);
  t.is(catalogue.studyByUid("9.9" as Uid), null);
  t.is(catalogue.instanceByUid("9.9" as Uid), null);
  t.is(catalogue.patient(markers.patientId, ""), null);
  t.is(catalogue.patientOf(account(8)), null);
  t.is(catalogue.release(requestId(`0x${"bb".repeat(32)}`)), null);
  catalogue.close();
});

test("no byte of any file shows who the patient is, not even while open, nor after changes and deletions", async (t) => {
  const dir = await mkdtemp(join(folder, "plain-"));
  const catalogue = openCatalogue(join(dir, "catalogue.db"), { indexKey });
  fill(catalogue);
  const looked = async (): Promise<number> => {
    let bytes = 0;
    for (const name of await readdir(dir)) {
      const content = await readFile(join(dir, name));
      bytes += content.length;
      const { name: person, ...others } = markers;
      for (const marker of [...Object.values(others), ...person.split("^"), id(1).slice(2), account(9).slice(2)])
        for (const form of [Buffer.from(marker), Buffer.from(marker, "utf16le"), Buffer.from(Buffer.from(marker).toString("hex")), Buffer.from(Buffer.from(marker).toString("base64").slice(0, -4)), ...(/^[0-9a-f]{40,}$/u.test(marker) ? [Buffer.from(marker, "hex")] : [])])
          t.false(content.includes(form), `${name} holds ${marker}`);
    }
    return bytes;
  };
  t.true((await looked()) > 10_000, "there was something to look at");
  t.true((await readdir(dir)).includes("catalogue.db-wal"), "the log was looked at too");
  catalogue.updateStudy(id(1), { touchedAt: 5, state: "settled" });
  catalogue.dropStudy(id(1), "CONSENT_REVOKED");
  await looked();
  catalogue.close();
  await looked();
  t.is((await stat(join(dir, "catalogue.db"))).mode & 0o777, 0o600);
});

test("a dropped study keeps its row and loses key and instances, also for somebody with the key and the old pages", async (t) => {
  const catalogue = openAt("drop");
  fill(catalogue);
  const sealed = async (): Promise<Buffer[]> => {
    await copyFile(path("drop"), path("drop-copy"));
    await copyFile(`${path("drop")}-wal`, `${path("drop-copy")}-wal`);
    const sqlite = new DatabaseSync(path("drop-copy"));
    const rows = ["studies", "instances", "releases"].flatMap((table) => sqlite.prepare(`SELECT sealed FROM ${table}`).all());
    sqlite.close();
    return rows.map((row) => Buffer.from(row["sealed"] as Uint8Array));
  };
  const before = await sealed();
  t.is(before.length, 5);
  catalogue.transaction(() => {
    catalogue.dropStudy(id(1), "CONSENT_REVOKED");
    catalogue.deleteReleases(id(1));
  });
  for (const suffix of ["", "-wal"]) {
    const content = await readFile(`${path("drop")}${suffix}`);
    for (const row of before) t.false(content.includes(row.subarray(16, 48)), "the old row is gone from the file");
  }
  t.deepEqual(catalogue.study(id(1)), studyRecord({ state: "dropped", wrappedKey: null, droppedBecause: "CONSENT_REVOKED", attributes: {} }));
  t.is(catalogue.studyByUid(markers.studyUid)?.state, "dropped");
  t.deepEqual(catalogue.instances(id(1)), []);
  t.is(catalogue.instanceByUid(`${markers.instanceUid}.1` as Uid), null);
  t.is(catalogue.release(request), null);
  catalogue.close();
});

test("exact keys narrow, states and role too; newest first", (t) => {
  const catalogue = openAt("search");
  const other = { "00100020": { vr: "LO", Value: ["OTHER"] } };
  catalogue.putStudy(studyRecord({ touchedAt: 10 }));
  catalogue.putStudy(studyRecord({ study: id(2), uid: "1.2" as Uid, touchedAt: 30, patient: account(8), attributes: other }));
  catalogue.putStudy(studyRecord({ study: id(3), uid: "1.3" as Uid, touchedAt: 20, role: "holder", state: "held", patient: null }));
  const found = (filter?: Parameters<Catalogue["studies"]>[0]): number[] => catalogue.studies(filter).map(({ study }) => Number.parseInt(study.slice(2, 4), 16));
  t.deepEqual(found(), [2, 3, 1]);
  t.deepEqual(found({ keys: {} }), [2, 3, 1]);
  t.deepEqual(found({ keys: { patientId: `${markers.patientId}  ` } }), [3, 1], "padding spaces mean nothing");
  t.deepEqual(found({ keys: { patientId: markers.patientId.toLowerCase() } }), []);
  t.deepEqual(found({ keys: { accessionNumber: markers.accession } }), [3, 1]);
  t.deepEqual(found({ keys: { accessionNumber: markers.patientId } }), [], "fields are kept apart");
  t.deepEqual(found({ keys: { studyUid: "1.2" } }), [2]);
  t.deepEqual(found({ keys: { studyUid: "1.2", patientId: markers.patientId } }), []);
  t.deepEqual(found({ keys: { patients: [account(8), account(9), account(7)] } }), [2, 1]);
  t.deepEqual(found({ keys: { patients: [] } }), []);
  t.deepEqual(found({ role: "holder" }), [3]);
  t.deepEqual(found({ states: ["receiving"], keys: { patientId: "OTHER" } }), [2]);
  catalogue.updateStudy(id(2), { attributes: studyRecord().attributes, touchedAt: 5 });
  t.deepEqual(found({ keys: { patientId: markers.patientId } }), [3, 1, 2], "keys follow changed attributes");
  catalogue.close();
});

test("a UID names one study and one instance; an ended study gives its UID up", (t) => {
  const catalogue = openAt("unique");
  catalogue.putStudy(studyRecord());
  catalogue.putInstances([instanceRecord(1)]);
  t.is(codeOf(() => catalogue.putStudy(studyRecord({ study: id(2) }))), "CATALOGUE_UID_TAKEN");
  t.is(codeOf(() => catalogue.putInstances([instanceRecord(1, { study: id(9) })])), "CATALOGUE_UNKNOWN_STUDY");
  catalogue.putStudy(studyRecord({ study: id(3), uid: "1.3" as Uid }));
  t.is(codeOf(() => catalogue.putInstances([instanceRecord(8, { study: id(3) }), instanceRecord(1, { study: id(3) })])), "CATALOGUE_UID_TAKEN");
  t.deepEqual(catalogue.instances(id(3)), [], "nothing of the refused list was kept");
  catalogue.putInstances([instanceRecord(1, { size: 7 })]);
  t.deepEqual(catalogue.instances(id(1)), [instanceRecord(1, { size: 7 })], "the same instance again replaces its row");
  catalogue.dropStudy(id(1), "CONSENT_EXPIRED");
  catalogue.putStudy(studyRecord({ study: id(2) }));
  t.is(catalogue.studyByUid(markers.studyUid)?.study, id(2));
  t.is(catalogue.study(id(1)), null);
  t.is(codeOf(() => catalogue.updateStudy(id(1), { version: 2 })), "CATALOGUE_UNKNOWN_STUDY");
  t.is(codeOf(() => catalogue.dropStudy(id(1), "X")), "CATALOGUE_UNKNOWN_STUDY");
  catalogue.close();
});

test("a transaction is whole or nothing, in memory as on disk", (t) => {
  const catalogue = openAt("transaction");
  catalogue.putStudy(studyRecord());
  catalogue.instances(id(1));
  const spoiled = new Error("spoiled");
  const thrown = t.throws(() =>
    catalogue.transaction(() => {
      catalogue.updateStudy(id(1), { state: "settled" });
      catalogue.putInstances([instanceRecord(1)]);
      catalogue.putStudy(studyRecord({ study: id(2), uid: "1.2" as Uid }));
      t.is(catalogue.instances(id(1)).length, 1, "a transaction sees its own writes");
      throw spoiled;
    }),
  );
  t.is(thrown, spoiled);
  t.is(catalogue.study(id(1))?.state, "receiving");
  t.deepEqual(catalogue.instances(id(1)), []);
  t.is(catalogue.studies().length, 1);
  t.is(codeOf(() => catalogue.transaction(() => catalogue.transaction(() => 1))), "CATALOGUE_TRANSACTION");
  t.is(codeOf(() => void catalogue.transaction(async () => catalogue.updateStudy(id(1), { version: 9 }))), "CATALOGUE_TRANSACTION");
  t.is(catalogue.study(id(1))?.version, 0, "asynchronous work is refused with what it did");
  t.is(catalogue.transaction(() => 5), 5);
  catalogue.close();
});

test("what callers do to records afterwards does not reach the catalogue", (t) => {
  const catalogue = openAt("alias");
  const record = studyRecord();
  catalogue.putStudy(record);
  (record as { state: StudyRecord["state"] }).state = "held";
  record.wrappedKey?.fill(0);
  t.deepEqual(catalogue.study(id(1)), studyRecord());
  catalogue.close();
});

test("indexes are taken once each and never come back", (t) => {
  const catalogue = openAt("indexes");
  const patient = { patientId: "P", issuer: "I", xpub: "xpub-one", nextIndex: 0 };
  t.is(codeOf(() => catalogue.takeIndex("P", "I")), "CATALOGUE_UNKNOWN_PATIENT");
  catalogue.putPatient({ ...patient, xpub: null });
  t.is(codeOf(() => catalogue.takeIndex("P", "I")), "CATALOGUE_PATIENT_ON_PAPER");
  catalogue.putPatient(patient);
  t.deepEqual([catalogue.takeIndex("P", "I"), catalogue.takeIndex("P", "I")], [0, 1]);
  catalogue.putPatient(patient);
  t.is(catalogue.takeIndex("P", "I"), 2, "a stale record does not turn the count back");
  catalogue.putPatient({ ...patient, xpub: "xpub-two" });
  t.is(catalogue.takeIndex("P", "I"), 0, "a new wallet counts from its own beginning");
  t.is(catalogue.patient("PI", ""), null, "Patient ID and issuer do not run together");
  catalogue.close();
});

test("releases and pins are found and deleted by study, member and request", (t) => {
  const catalogue = openAt("releases");
  const release = (digit: string, study: number, requester: number) => ({ request: requestId(`0x${digit.repeat(64)}`), study: id(study), requester: memberId(requester), wrappedKey: new Uint8Array([Number.parseInt(digit, 16)]) });
  const all = [release("a", 1, 2), release("b", 1, 3), release("c", 2, 2)];
  for (const one of all) catalogue.putRelease(one);
  const left = (): string => all.filter((one) => catalogue.release(one.request) !== null).map((one) => one.request.slice(2, 3)).join("");
  catalogue.deleteReleases(id(1), memberId(2));
  t.is(left(), "bc");
  catalogue.deleteReleases(id(2));
  t.is(left(), "b");
  const pin = (study: number, owner: number, holder: number) => ({ study: id(study), root: id(study) as never, owner: memberId(owner), holder: memberId(holder) });
  for (const one of [pin(1, 1, 2), pin(1, 1, 3), pin(2, 4, 1), pin(1, 1, 3)]) catalogue.putPin(one);
  t.is(catalogue.pins({}).length, 3);
  t.deepEqual(catalogue.pins({ study: id(1), holder: memberId(3) }), [pin(1, 1, 3)]);
  t.deepEqual(catalogue.pins({ owner: memberId(4) }), [pin(2, 4, 1)]);
  catalogue.deletePin(id(1), memberId(3));
  t.is(catalogue.pins({ owner: memberId(1) }).length, 1);
  catalogue.close();
});

test("another key, damage, moved rows and another version are told apart, and nothing is deleted", async (t) => {
  const made = openAt("harm");
  fill(made);
  made.putStudy(studyRecord({ study: id(2), uid: "1.2" as Uid }));
  made.close();
  t.is(codeOf(() => openCatalogue(path("harm"), { indexKey: randomBytes(32) })), "CATALOGUE_WRONG_KEY");
  t.throws(() => openCatalogue(path("harm"), { indexKey: new Uint8Array(31) }), { instanceOf: TypeError });
  const harmed = async (name: string, sql: string): Promise<Catalogue> => {
    await copyFile(path("harm"), path(name));
    const sqlite = new DatabaseSync(path(name));
    sqlite.exec(sql);
    sqlite.close();
    return openAt(name);
  };
  const swapped = await harmed("swapped", "UPDATE studies SET sealed = (SELECT sealed FROM studies other WHERE other.key <> studies.key)");
  t.is(codeOf(() => swapped.studies()), "CATALOGUE_DAMAGED");
  const cut = await harmed("cut", "UPDATE instances SET sealed = x'00'");
  t.is(codeOf(() => cut.instances(id(1))), "CATALOGUE_DAMAGED");
  const blanked = await harmed("blanked", "UPDATE patients SET sealed = zeroblob(length(sealed))");
  t.is(codeOf(() => blanked.patients()), "CATALOGUE_DAMAGED");
  for (const catalogue of [swapped, cut, blanked]) catalogue.close();
  await copyFile(path("harm"), path("version"));
  const sqlite = new DatabaseSync(path("version"));
  sqlite.exec("PRAGMA user_version = 12");
  sqlite.close();
  t.is(codeOf(() => openAt("version")), "CATALOGUE_VERSION");
  await writeFile(path("garbage"), "not a database at all, just text ".repeat(300));
  t.is(codeOf(() => openAt("garbage")), "CATALOGUE_DAMAGED");
  t.true((await stat(path("garbage"))).size > 9000, "the file is left for analysis");
  const again = openAt("harm");
  t.is(codeOf(() => openAt("harm")), "DATABASE_IN_USE");
  check(t, again);
  again.close();
});
