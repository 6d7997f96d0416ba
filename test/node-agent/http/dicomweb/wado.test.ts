import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import test from "ava";
import { sampleFiles } from "../../../../scripts/samples.ts";
import { type Hospital, openHospital } from "../support/hospital.ts";
import { get, identifiersOf, partsOf, phantom, reasons, storeFiles } from "../support/upload.ts";

let hospital: Hospital;
const files = phantom("wado", 5);
const first = files[0] ?? Buffer.alloc(0);
const { study, series, sopInstance } = identifiersOf(first);
const base = `/dicom-web/studies/${study}`;
const instance = `${base}/series/${series}/instances/${sopInstance}`;

test.before(async () => {
  hospital = await openHospital();
  await storeFiles(hospital, files);
});
test.after.always(async () => {
  await hospital.close();
});

async function whole(path: string, accept?: string) {
  const response = await get(hospital, path, accept === undefined ? {} : { accept });
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get("content-type") ?? "", headers: response.headers, body };
}

test("study and series come back byte for byte, each part with its syntax and address", async (t) => {
  for (const path of [base, `${base}/series/${series}`]) {
    for (const accept of [undefined, "*/*", 'multipart/related; type="application/dicom"; transfer-syntax=*', "multipart/related; type=application/dicom"]) {
      const answer = await whole(path, accept);
      t.is(answer.status, 200);
      t.regex(answer.type, /^multipart\/related; type="application\/dicom"; boundary=/u);
      t.is(answer.headers.get("content-length"), String(answer.body.length));
      const parts = partsOf(answer.type, answer.body);
      t.deepEqual(parts.map((part) => part.bytes), files);
      for (const part of parts) t.regex(part.head, /Content-Type: application\/dicom; transfer-syntax=1\.2\.840\.10008\.1\.2\.1\r\n/u);
    }
  }
});

test("one instance, in a part or bare", async (t) => {
  const bare = await whole(instance, "application/dicom");
  t.is(bare.status, 200);
  t.regex(bare.type, /^application\/dicom/u);
  t.deepEqual(bare.body, first);
  const part = await whole(instance);
  t.deepEqual(partsOf(part.type, part.body)[0]?.bytes, first);
  const head = await fetch(`${hospital.url}${instance}`, { method: "HEAD", headers: { authorization: hospital.as("clinician"), accept: "application/dicom" } });
  t.is(head.headers.get("content-length"), String(first.length));
});

test("404 and 400 for what is not here, 406 for what cannot be made, 405 for what is not done", async (t) => {
  t.is((await whole("/dicom-web/studies/1.2.3")).status, 404);
  t.is((await whole(`${base}/series/1.2.3`)).status, 404);
  t.is((await whole(`${base}/series/${series}/instances/1.2.3`)).status, 404);
  t.is((await whole(`${base}/series/1.2.3/instances/${sopInstance}`)).status, 404, "an instance of another series");
  t.is((await whole("/dicom-web/studies/abc")).status, 400);
  t.is((await whole(base, "text/html")).status, 406);
  t.is((await whole(base, 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.80')).status, 406);
  t.is((await whole(`${base}/rendered`)).status, 404);
  const deleted = await fetch(`${hospital.url}${base}`, { method: "DELETE", headers: { authorization: hospital.as("clinician") } });
  t.is(deleted.status, 405);
  t.regex(deleted.headers.get("allow") ?? "", /GET, .*POST|POST.*GET/u);
});

test("metadata at three levels: whole, gzipped, conditional, with addresses that lead to the values", async (t) => {
  const levels: readonly (readonly [string, number])[] = [[base, 5], [`${base}/series/${series}`, 5], [instance, 1]];
  for (const [path, count] of levels) {
    const answer = await whole(`${path}/metadata`, "application/dicom+json");
    t.is(answer.status, 200);
    t.regex(answer.type, /^application\/dicom\+json/u);
    const json = JSON.parse(answer.body.toString()) as Record<string, { Value?: unknown[] }>[];
    t.is(json.length, count);
    t.is(json[0]?.["00080018"]?.Value?.[0], sopInstance);
    t.is(json[0]?.["7FE00010"], undefined, "no pixel data");
    t.like(json[0]?.["00100010"]?.Value?.[0] as object, { Ideographic: "王^小东" });
    const etag = answer.headers.get("etag") ?? "";
    t.is((await get(hospital, `${path}/metadata`, { "if-none-match": etag })).status, 304);
    t.regex(answer.headers.get("vary") ?? "", /Accept.*Origin/u);
  }
  const asked = httpRequest(`${hospital.url}${base}/metadata`, { headers: { authorization: hospital.as("clinician"), "accept-encoding": "gzip" } });
  asked.end();
  const [response] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
  t.is(response.headers["content-encoding"], "gzip");
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  t.is((JSON.parse(gunzipSync(Buffer.concat(parts)).toString()) as unknown[]).length, 5);
  t.is((await whole(`${base}/metadata`, "application/dicom+xml")).status, 406);
});

test("a new instance changes the ETag", async (t) => {
  const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = phantom("etag", 2);
  const path = `/dicom-web/studies/${identifiersOf(one).study}/metadata`;
  await storeFiles(hospital, [one]);
  const before = (await get(hospital, path)).headers.get("etag") ?? "";
  await storeFiles(hospital, [two]);
  const after = await get(hospital, path, { "if-none-match": before });
  t.is(after.status, 200);
  t.not(after.headers.get("etag"), before);
});

test("frames of native pixel data, asked for as viewers ask", async (t) => {
  const pixels = first.subarray(first.length - 64 * 64 * 2);
  for (const accept of ['multipart/related; type="application/octet-stream"; transfer-syntax="*"', 'multipart/related; type="*/*"', "multipart/related; type=application/octet-stream; transfer-syntax=*", "*/*"]) {
    const answer = await whole(`${instance}/frames/1`, accept);
    t.is(answer.status, 200, accept);
    t.deepEqual(partsOf(answer.type, answer.body)[0]?.bytes, pixels, accept);
  }
  t.deepEqual((await whole(`${instance}/frames/1`, "application/octet-stream")).body, pixels);
  t.is((await whole(`${instance}/frames/0`)).status, 400);
  t.is((await whole(`${instance}/frames/abc`)).status, 400);
  t.is((await whole(`${instance}/frames/2`)).status, 404);
  t.is((await whole(`${instance}/frames/1,2`)).status, 404);
  t.is((await whole(`${instance}/frames/1`, "image/png")).status, 406);
});

test("real files of every syntax come back as they came, and so do their frames and bulk data", async (t) => {
  const samples = await Promise.all(sampleFiles().map(async ({ path, name }) => ({ name, bytes: await readFile(path) })));
  t.true(samples.length >= 10);
  const seen = new Set<string>();
  let [frames, bulk] = [0, 0];
  for (const { name, bytes } of samples) {
    const stored = await storeFiles(hospital, [bytes]);
    if (seen.has(identifiersOf(bytes).sopInstance)) {
      // The package re-encoded one image several times under its own UID: exactly what must not be taken for the same.
      t.is(stored.status, 409, name);
      t.deepEqual(reasons(stored), [45_070], name);
      continue;
    }
    seen.add(identifiersOf(bytes).sopInstance);
    t.is(stored.status, 200, name);
    const ids = identifiersOf(bytes);
    const path = `/dicom-web/studies/${ids.study}/series/${ids.series}/instances/${ids.sopInstance}`;
    t.deepEqual((await whole(path, "application/dicom")).body, bytes, name);
    const count = Number.parseInt(String((JSON.parse((await whole(`${path}/metadata`)).body.toString()) as Record<string, { Value?: unknown[] }>[])[0]?.["00280008"]?.Value?.[0] ?? "1"), 10);
    const last = await whole(`${path}/frames/${count}`);
    t.is(last.status, 200, `${name}, frame ${count}`);
    t.is((await whole(`${path}/frames/${count + 1}`)).status, 404, name);
    frames += 1;
    const text = (await whole(`${path}/metadata`)).body.toString();
    for (const [, uri = ""] of text.matchAll(/"BulkDataURI":"([^"]+)"/gu)) {
      const value = await get(hospital, new URL(uri).pathname, { accept: "application/octet-stream" });
      t.is(value.status, 200, uri.slice(-40));
      t.true(bytes.includes(Buffer.from(await value.arrayBuffer())), "the value is in the file");
      bulk += 1;
    }
  }
  t.log(`${seen.size} of ${samples.length} files are different instances; ${bulk} bulk values`);
  t.is(frames, seen.size);
  t.true(seen.size >= 7 && bulk >= 1);
});

test("a patient reads its own study and nobody else's", async (t) => {
  t.is((await get(hospital, base, {}, "patient")).status, 200);
  const foreign = await get(hospital, base, {}, "other.patient");
  t.is(foreign.status, 403);
  t.is(((await foreign.json()) as { code: string }).code, "HTTP_FOREIGN_PATIENT");
  t.is((await get(hospital, `${instance}/frames/1`, {}, "other.patient")).status, 403);
  t.is((await get(hospital, `${base}/metadata`, {}, "other.patient")).status, 403);
  t.is((await get(hospital, base, {}, "auditor")).status, 403);
});

test("a dropped copy is 410 with its reason", async (t) => {
  const own = await openHospital();
  t.teardown(own.close);
  const [file = Buffer.alloc(0)] = phantom("states", 1);
  await storeFiles(own, [file]);
  const uid = identifiersOf(file).study;
  const record = own.context.catalogue.studyByUid(uid);
  if (record === null) return t.fail("stored");
  own.context.catalogue.dropStudy(record.study, "STUDY_CONSENT_REVOKED");
  const gone = await get(own, `/dicom-web/studies/${uid}`);
  t.is(gone.status, 410);
  t.is(((await gone.json()) as { code: string }).code, "STUDY_CONSENT_REVOKED");
  t.is((await get(own, `/dicom-web/studies/${uid}/series`)).status, 410);
});

test("a damaged block ends in a cut connection or an error, never in a short answer", async (t) => {
  const own = await openHospital();
  t.teardown(own.close);
  const stored = phantom("damage", 3);
  await storeFiles(own, stored);
  const uid = identifiersOf(stored[0] ?? Buffer.alloc(0)).study;
  const record = own.context.catalogue.studyByUid(uid);
  const last = own.context.catalogue.instances(record?.study ?? ("" as never)).at(-1);
  const { parseCid } = await import("../../../../node-agent/src/dag/block.ts");
  await own.context.blocks.deleteMany([parseCid(last?.object ?? "")]);
  const failed = await get(own, `/dicom-web/studies/${uid}`).then(
    async (response) => (response.ok ? await response.arrayBuffer().then(() => false, () => true) : true),
    () => true,
  );
  t.true(failed);
});

test("reads are counted, and logged once per person and study", async (t) => {
  const own = await openHospital();
  t.teardown(own.close);
  const [file = Buffer.alloc(0)] = phantom("counted", 1);
  await storeFiles(own, [file]);
  for (let round = 0; round < 3; round++) await get(own, `/dicom-web/studies/${identifiersOf(file).study}`);
  t.regex(await own.metrics(), /fiducial_study_reads_total\{role="custodian"\} 3/u);
  t.is(own.lines.filter((line) => /"study read"/u.test(line)).length, 1);
});

test("CORS for the listed viewer only; OPTIONS is 204", async (t) => {
  const preflight = (origin: string) => fetch(`${hospital.url}${base}`, { method: "OPTIONS", headers: { origin, "access-control-request-method": "GET" } });
  const listed = await preflight("https://viewer.example");
  t.is(listed.status, 204);
  t.is(listed.headers.get("access-control-allow-origin"), "https://viewer.example");
  t.regex(listed.headers.get("access-control-allow-headers") ?? "", /Authorization/u);
  const other = await preflight("https://evil.example");
  t.is(other.status, 204);
  t.is(other.headers.get("access-control-allow-origin"), null);
});

test("a client that leaves in the middle harms nobody", async (t) => {
  const abort = new AbortController();
  const response = await fetch(`${hospital.url}${base}`, { headers: { authorization: hospital.as("clinician") }, signal: abort.signal });
  abort.abort();
  await t.throwsAsync(() => response.arrayBuffer());
  t.is((await get(hospital, base)).status, 200);
});
