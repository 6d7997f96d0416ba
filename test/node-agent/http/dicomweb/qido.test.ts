import test from "ava";
import { type Hospital, openHospital } from "../support/hospital.ts";
import { get, identifiersOf, phantom, storeFiles } from "../support/upload.ts";

type Row = Record<string, { vr: string; Value?: unknown[] }>;
let hospital: Hospital;
const mine = phantom("qido-a", 3);
const theirs = phantom("qido-b", 2, "SOMEBODY-ELSE");
const a = identifiersOf(mine[0] ?? Buffer.alloc(0));
const b = identifiersOf(theirs[0] ?? Buffer.alloc(0));

test.before(async () => {
  hospital = await openHospital();
  await storeFiles(hospital, mine);
  await storeFiles(hospital, theirs);
});
test.after.always(async () => {
  await hospital.close();
});

async function search(path: string, who = "clinician"): Promise<{ status: number; rows: Row[]; headers: Headers; code: string | undefined }> {
  const response = await get(hospital, `/dicom-web${path}`, { accept: "application/dicom+json" }, who);
  const json = (await response.json()) as Row[] & { code?: string };
  return { status: response.status, rows: json, headers: response.headers, code: json.code };
}
const uids = (rows: readonly Row[], tag = "0020000D") => rows.map((row) => row[tag]?.Value?.[0]).sort();

test("studies by keyword, tag, wildcard, range and list", async (t) => {
  t.is((await search("/studies")).rows.length, 2);
  for (const query of [
    "PatientID=PHANTOM-1",
    "00100020=PHANTOM-1",
    `StudyInstanceUID=${a.study}`,
    "PatientID=PHANTOM*",
    "PatientID=PHANTOM-1&StudyDate=20260101-20260103&ModalitiesInStudy=CT",
    "PatientID=PHANTOM-1&PatientName=wang*",
    `PatientID=PHANTOM-1&PatientName=${encodeURIComponent("王*")}`,
  ]) {
    t.deepEqual(uids((await search(`/studies?${query}`)).rows), [a.study], query);
  }
  t.is((await search(`/studies?StudyInstanceUID=${a.study},${b.study}`)).rows.length, 2);
  t.deepEqual((await search("/studies?StudyDate=20300101-")).rows, []);
});

test("what OHIF sends is answered with what it needs", async (t) => {
  const { rows, status } = await search("/studies?limit=101&offset=0&fuzzymatching=true&includefield=00081030%2C00080060%2C00080090%2C00100030");
  t.is(status, 200);
  const [row] = rows;
  for (const tag of ["0020000D", "00080020", "00081030", "00100010", "00201206", "00201208", "00080061", "00081190"]) t.truthy(row?.[tag], tag);
  t.deepEqual(rows.map((one) => one["00201208"]?.Value?.[0]).sort(), [2, 3]);
});

test("series and instances, alone and under their study", async (t) => {
  t.is((await search("/series")).rows.length, 2);
  t.is((await search("/instances")).rows.length, 5);
  const series = await search(`/studies/${a.study}/series`);
  t.deepEqual(uids(series.rows, "0020000E"), [a.series]);
  t.is(series.rows[0]?.["00081190"]?.Value?.[0], `${hospital.url}/dicom-web/studies/${a.study}/series/${a.series}`);
  t.is((await search(`/studies/${a.study}/instances`)).rows.length, 3);
  t.is((await search(`/studies/${a.study}/series/${a.series}/instances?InstanceNumber=2`)).rows.length, 1);
  t.deepEqual((await search(`/studies/${a.study}/series/1.2.3/instances`)).rows, []);
  t.deepEqual((await search("/studies/1.2.3/series")).rows, [], "an unknown study has no series");
});

test("an instance is found by its UID alone, by whom it concerns", async (t) => {
  const wanted = identifiersOf(mine[1] ?? Buffer.alloc(0)).sopInstance;
  const path = `/instances?SOPInstanceUID=${wanted}`;
  t.deepEqual(uids((await search(path)).rows, "00080018"), [wanted]);
  t.deepEqual(uids((await search(`${path},${b.sopInstance}`)).rows, "00080018"), [wanted, b.sopInstance].sort());
  t.deepEqual(uids((await search(path, "patient")).rows, "00080018"), [wanted]);
  t.deepEqual((await search(path, "other.patient")).rows, []);
  t.deepEqual((await search("/instances?SOPInstanceUID=1.2.3.4")).rows, []);
});

test("limit, offset and the warning that there is more", async (t) => {
  const page = await search("/instances?limit=2");
  t.is(page.rows.length, 2);
  t.regex(page.headers.get("warning") ?? "", /^299/u);
  const rest = await search("/instances?limit=10&offset=2");
  t.is(rest.rows.length, 3);
  t.is(rest.headers.get("warning"), null);
  t.is(new Set([...uids(page.rows, "00080018"), ...uids(rest.rows, "00080018")]).size, 5);
});

test("400, never everybody: unknown keys, bad numbers, bad dates, bad UIDs", async (t) => {
  for (const query of ["NoSuchTag=1", "0010020=1", "limit=-1", "limit=x", "offset=1.5", "StudyDate=yesterday", "StudyInstanceUID=abc", "fuzzymatching=maybe", "PatientID=1&PatientID=2"]) {
    const { status, code } = await search(`/studies?${query}`);
    t.is(status, 400, query);
    t.regex(code ?? "", /^DICOM_QUERY_/u, query);
  }
  t.is((await search("/studies/abc/series")).status, 400);
});

test("406 for what is not DICOM JSON", async (t) => {
  t.is((await get(hospital, "/dicom-web/studies", { accept: "application/dicom+xml" })).status, 406);
  t.is((await get(hospital, "/dicom-web/studies", { accept: "application/json" })).status, 200);
});

test("a patient finds its own studies only, and is told 403 for a foreign one", async (t) => {
  t.deepEqual(uids((await search("/studies", "patient")).rows), [a.study]);
  t.deepEqual(uids((await search("/studies", "other.patient")).rows), [b.study]);
  t.deepEqual((await search(`/studies?StudyInstanceUID=${b.study}`, "patient")).rows, []);
  t.is((await search("/instances", "patient")).rows.length, 3);
  t.is((await search(`/studies/${b.study}/series`, "patient")).status, 403);
  t.is((await search("/studies", "auditor")).status, 403);
});
