import { once } from "node:events";
import { connect } from "node:net";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { type Hospital, openHospital } from "../support/hospital.ts";
import { failed, get, identifiersOf, multipart, phantom, reasons, store, stored, storeFiles } from "../support/upload.ts";

type Body = Buffer<ArrayBuffer>;
let hospital: Hospital;
test.before(async () => {
  hospital = await openHospital();
});
test.after.always(async () => {
  await hospital.close();
});

const first = (files: readonly Buffer[]): Buffer => files[0] ?? Buffer.alloc(0);
const count = (study: string): number => {
  const record = hospital.context.catalogue.studyByUid(study as never);
  return record === null ? 0 : hospital.context.catalogue.instances(record.study).length;
};
const framed = (files: readonly Buffer[], boundary?: string, partType?: string) => multipart(files, boundary, partType) as { contentType: string; body: Body };

async function refusedAs(t: ExecutionContext, contentType: string, body: Buffer, status: number, code: string): Promise<void> {
  const answer = await store(hospital, { contentType, body: body as Body });
  t.is(answer.status, status);
  t.is(answer.json.code, code);
  t.regex(answer.headers.get("content-type") ?? "", /^application\/problem\+json/u);
}

test("a study is stored, and stored again without harm", async (t) => {
  const files = phantom("twice");
  const { study, series } = identifiersOf(first(files));
  for (let round = 0; round < 2; round++) {
    const answer = await storeFiles(hospital, files);
    t.is(answer.status, 200);
    t.regex(answer.headers.get("content-type") ?? "", /^application\/dicom\+json/u);
    t.is(stored(answer).length, 3);
    t.is(failed(answer).length, 0);
    const url = String(stored(answer)[0]?.["00081190"]?.Value?.[0]);
    t.true(url.startsWith(`${hospital.url}/dicom-web/studies/${study}/series/${series}/instances/`), "the address leads here");
  }
  t.is(count(study), 3);
});

test("the same UID with other pixels is 409 with 45070, and the first stays", async (t) => {
  const [file = Buffer.alloc(0), other = Buffer.alloc(0)] = phantom("conflict", 2);
  t.is((await storeFiles(hospital, [file])).status, 200);
  const changed = Buffer.from(file);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  const alone = await storeFiles(hospital, [changed]);
  t.is(alone.status, 409);
  t.deepEqual(reasons(alone), [45_070]);
  const mixed = await storeFiles(hospital, [changed, other]);
  t.is(mixed.status, 202);
  t.deepEqual(reasons(mixed), [45_070]);
  t.is(stored(mixed).length, 1);
});

test("the study in the address is held to: 43265", async (t) => {
  const files = phantom("addressed", 1);
  const { study } = identifiersOf(first(files));
  const wrong = await store(hospital, framed(files), { path: "/1.2.3.4" });
  t.is(wrong.status, 409);
  t.deepEqual(reasons(wrong), [43_265]);
  t.is((await store(hospital, framed(files), { path: `/${study}` })).status, 200);
});

test("quoted and bare parameters in any case, chunked or not, and a bare instance", async (t) => {
  const files = phantom("framing", 2);
  const boundary = "DICOM(DATA)'+_,-./:=?b";
  const { body } = framed(files, boundary);
  for (const contentType of [
    `multipart/related; type="application/dicom"; boundary="${boundary}"`,
    `Multipart/Related;Boundary="${boundary}";TYPE=application/dicom`,
    `multipart/related; boundary="${boundary}"; type="application/dicom"; start="x"`,
  ]) {
    t.is((await store(hospital, { contentType, body })).status, 200, contentType);
  }
  const pieces = new ReadableStream({
    start(controller) {
      for (let at = 0; at < body.length; at += 1009) controller.enqueue(body.subarray(at, at + 1009));
      controller.close();
    },
  });
  t.is((await store(hospital, { contentType: `multipart/related; type="application/dicom"; boundary="${boundary}"`, body: pieces })).status, 200);
  const bare = await store(hospital, { contentType: "application/dicom", body: first(phantom("bare", 1)) as Body });
  t.is(bare.status, 200);
  t.is(stored(bare).length, 1);
});

test("a preamble and an epilogue around the parts are allowed (RFC 2046)", async (t) => {
  const { body } = framed(phantom("preamble", 1), "edge");
  const whole = Buffer.concat([Buffer.from("This is a message in several parts.\r\n"), body, Buffer.from("the end")]);
  t.is((await store(hospital, { contentType: "multipart/related; type=application/dicom; boundary=edge", body: whole as Body })).status, 200);
});

test("415: no boundary, JSON, other parts", async (t) => {
  const { body } = framed(phantom("media", 1), "edge");
  await refusedAs(t, 'multipart/related; type="application/dicom"', body, 415, "DICOM_UNSUPPORTED_MEDIA");
  await refusedAs(t, "application/json", Buffer.from("{}"), 415, "DICOM_UNSUPPORTED_MEDIA");
  await refusedAs(t, 'multipart/related; type="application/dicom+json"; boundary=edge', body, 415, "DICOM_UNSUPPORTED_MEDIA");
  const html = framed([Buffer.from("<html>")], "edge", "text/html");
  await refusedAs(t, html.contentType, html.body, 415, "HTTP_UNSUPPORTED_MEDIA");
});

test("406 before the body is read", async (t) => {
  const answer = await store(hospital, framed(phantom("accept", 1)), { headers: { accept: "text/html" } });
  t.is(answer.status, 406);
  t.is(count(identifiersOf(first(phantom("accept", 1))).study), 0);
});

test("400: empty body, wrong boundary, missing closing boundary; nothing is stored", async (t) => {
  const files = phantom("malformed", 2);
  const { body, contentType } = framed(files, "right");
  await refusedAs(t, contentType, Buffer.alloc(0), 400, "STOW_MALFORMED");
  await refusedAs(t, contentType.replace("right", "wrong"), body, 400, "STOW_MALFORMED");
  await refusedAs(t, contentType, body.subarray(0, body.length - 9), 400, "STOW_MALFORMED");
  t.is(count(identifiersOf(first(files)).study), 0);
});

test("garbage alone is 400 with its code; beside a good instance it is 202", async (t) => {
  const garbage = Buffer.from("this is not DICOM at all ".repeat(50));
  const alone = await storeFiles(hospital, [garbage]);
  t.is(alone.status, 400);
  t.regex(alone.json.code ?? "", /^DICOM_/u);
  const mixed = await storeFiles(hospital, [garbage, first(phantom("beside garbage", 1))]);
  t.is(mixed.status, 202);
  t.is(stored(mixed).length, 1);
});

test("a truncated Part 10 file is 400 and named, since its UIDs are readable", async (t) => {
  const file = first(phantom("truncated", 1));
  const answer = await storeFiles(hospital, [file.subarray(0, file.length - 1000)]);
  t.is(answer.status, 400);
  t.is(failed(answer)[0]?.["00081155"]?.Value?.[0], identifiersOf(file).sopInstance);
  t.is(count(identifiersOf(file).study), 0);
});

/** The file with the value of one element of the data set overwritten. */
function patched(file: Buffer, find: Buffer, replace: Buffer): Buffer {
  const at = file.indexOf(find);
  return Buffer.concat([file.subarray(0, at), replace, file.subarray(at + find.length)]);
}

const bad: readonly (readonly [string, (file: Buffer) => Buffer])[] = [
  ["a missing preamble", (file) => file.subarray(132)],
  ["an unknown transfer syntax", (file) => patched(file, Buffer.from("1.2.840.10008.1.2.1\0"), Buffer.from("1.2.840.10008.9.9.9\0"))],
  ["no SOP Instance UID", (file) => patched(file, Buffer.from([0x08, 0x00, 0x18, 0x00]), Buffer.from([0x08, 0x00, 0x19, 0x00]))],
  ["a declared length of 4 GiB", (file) => patched(file, Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00]), Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0x00, 0x00, 0xfe, 0xff, 0xff, 0xff]))],
  [
    "sequences nested five thousand deep",
    (file) => {
      const open = Buffer.from([0x40, 0x00, 0x30, 0xa7, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]);
      const at = file.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
      return Buffer.concat([file.subarray(0, at), ...Array.from({ length: 5000 }, () => open)]);
    },
  ],
];
for (const [name, damage] of bad) {
  test(`${name}: refused with a code, nothing stored, still serving`, async (t) => {
    const file = first(phantom(name, 1));
    const answer = await storeFiles(hospital, [damage(file)]);
    t.true([400, 409].includes(answer.status), String(answer.status));
    t.is(stored(answer).length, 0);
    t.true(failed(answer).length === 1 || /^DICOM_/u.test(answer.json.code ?? ""), "the reason is told");
    t.is(count(identifiersOf(file).study), 0);
    t.is((await storeFiles(hospital, [file])).status, 200);
  });
}

test("an upload cut in the middle stores nothing, and the next one is whole", async (t) => {
  const files = phantom("cut", 4);
  const { study } = identifiersOf(first(files));
  const { body, contentType } = framed(files);
  const { port } = new URL(hospital.url);
  for (const chunked of [true, false]) {
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    const length = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
    socket.write(`POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\nAuthorization: ${hospital.as("clinician")}\r\nContent-Type: ${contentType}\r\n${length}\r\n\r\n`);
    const half = body.subarray(0, Math.floor(body.length * 0.6));
    socket.write(chunked ? Buffer.concat([Buffer.from(`${half.length.toString(16)}\r\n`), half, Buffer.from("\r\n")]) : half);
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    t.is(count(study), 0, chunked ? "chunked" : "with a length");
  }
  t.is((await storeFiles(hospital, files)).status, 200);
  t.is(count(study), 4);
});

test("401 with a challenge, 403 for other roles", async (t) => {
  const { contentType, body } = framed(phantom("roles", 1));
  const anonymous = await fetch(`${hospital.url}/dicom-web/studies`, { method: "POST", headers: { "content-type": contentType }, body });
  t.is(anonymous.status, 401);
  t.regex(anonymous.headers.get("www-authenticate") ?? "", /Bearer.*Basic/u);
  for (const who of ["patient", "auditor", "admin"]) {
    t.is((await store(hospital, { contentType, body }, { headers: { authorization: hospital.as(who) } })).status, 403, who);
  }
});

test("413 above the limit, 507 when the disk is nearly full", async (t) => {
  const small = await openHospital({ settings: { maxInstanceBytes: 4000 } });
  t.teardown(small.close);
  const large = await storeFiles(small, phantom("large", 1));
  t.is(large.status, 413);
  t.is(large.json.code, "INSTANCE_TOO_LARGE");
  const full = await openHospital({ settings: { minFreeBytes: Number.MAX_SAFE_INTEGER } });
  t.teardown(full.close);
  const refused = await storeFiles(full, phantom("full", 1));
  t.is(refused.status, 507);
  t.is(refused.json.code, "STORAGE_LOW");
});

test("the same study by eight uploads at once is one study", async (t) => {
  const files = phantom("concurrent", 3);
  const answers = await Promise.all(Array.from({ length: 8 }, () => storeFiles(hospital, files)));
  t.deepEqual(answers.map((answer) => answer.status), Array.from({ length: 8 }, () => 200));
  t.is(count(identifiersOf(first(files)).study), 3);
});

test("mutated uploads are answered with a word of the table and never harm the process", async (t) => {
  const { body, contentType } = framed(phantom("fuzz", 2), "fuzz");
  const property = fc.asyncProperty(
    fc.array(fc.record({ at: fc.nat(body.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }) }), { minLength: 1, maxLength: 8 }),
    fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(body.length) }),
    async (changes, cut) => {
      const mutated = Buffer.from(body);
      for (const { at, bytes } of changes) mutated.set(bytes.subarray(0, mutated.length - at), at);
      const answer = await store(hospital, { contentType, body: mutated.subarray(0, mutated.length - cut) as Body });
      return [200, 202, 400, 409, 413, 415].includes(answer.status);
    },
  );
  await fc.assert(property, { numRuns: 120 });
  t.is((await storeFiles(hospital, phantom("after fuzz", 1))).status, 200);
});

test("no UID, name or Patient ID is in the log, whatever happened", async (t) => {
  const own = await openHospital();
  t.teardown(own.close);
  const file = first(phantom("log", 1));
  const { study } = identifiersOf(file);
  const changed = Buffer.from(file);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  await storeFiles(own, [file]);
  await storeFiles(own, [changed, file.subarray(0, 3000)]);
  await get(own, `/dicom-web/studies/${study}`);
  await get(own, `/dicom-web/studies/${study}/metadata`);
  await get(own, `/dicom-web/studies?PatientName=Wang*&PatientID=PHANTOM-1&Nonsense=XiaoDong`);
  await get(own, `/dicom-web/studies/${study}/nowhere`);
  const text = own.lines.join("");
  t.true(own.lines.length >= 4, "something was logged");
  t.notRegex(text, /2\.25\.\d{10,}|XiaoDong|PHANTOM-1/u);
});
