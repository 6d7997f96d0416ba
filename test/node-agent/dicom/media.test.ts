import test from "ava";
import { parseAccept, parseMediaType, requireDicomJson, storeBody } from "../../../node-agent/src/dicom/media.ts";
import { faultOf } from "./build.ts";

const multipart: readonly string[] = [
  'multipart/related; type="application/dicom"; boundary=abc',
  'multipart/related; type=application/dicom; boundary="abc"',
  'Multipart/Related;TYPE="Application/DICOM";BOUNDARY=abc',
  "multipart/related ;  boundary = abc ; type=application/dicom",
  "multipart/related; boundary=abc",
  'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1; boundary=abc;',
];
for (const contentType of multipart)
  test(`store body: ${contentType}`, (t) => t.deepEqual(storeBody(contentType), { kind: "multipart", boundary: "abc" }));

test("a boundary may hold what quotes allow", (t) =>
  t.deepEqual(storeBody('multipart/related; type="application/dicom"; boundary="a b;\\"c"'), { kind: "multipart", boundary: 'a b;"c' }));
test("a single instance", (t) => t.deepEqual(storeBody("application/dicom; transfer-syntax=1.2.840.10008.1.2.1"), { kind: "single" }));

const unsupported: readonly (string | undefined)[] = [
  ...[
    undefined,
    "",
    "application/json",
    "multipart/related",
    'multipart/related; type="application/dicom"',
    'multipart/related; type="application/dicom+json"; boundary=a',
  ],
  ...[
    'multipart/related; type="application/dicom"; boundary=""',
    `multipart/related; boundary=${"x".repeat(257)}`,
    "multipart/form-data; boundary=a",
    "multipart/related; boundary",
    "multipart related; boundary=a",
  ],
];
for (const contentType of unsupported) {
  test(`415: ${contentType ?? "(none)"}`, (t) => {
    t.is(t.throws(() => storeBody(contentType), faultOf("DICOM_UNSUPPORTED_MEDIA"))?.status, 415);
  });
}

test("the first of two equal parameters counts", (t) => t.is(parseMediaType("a/b; x=1; X=2")?.parameters.get("x"), "1"));

test("accept ranges by preference, commas in quotes kept", (t) => {
  const ranges = parseAccept('text/html;q=0.5, multipart/related; type="a,b"; q=0.9, x/y;q=0, application/json, nonsense');
  t.deepEqual(
    ranges.map(({ type }) => type),
    ["application/json", "multipart/related", "text/html"],
  );
  t.is(ranges[1]?.parameters.get("type"), "a,b");
  t.is(parseAccept(undefined)[0]?.type, "*/*");
});

test("searches answer in DICOM JSON or not at all", (t) => {
  for (const accept of [
    undefined,
    "*/*",
    "application/json",
    "application/dicom+json",
    "application/*",
    "text/html, application/dicom+json;q=0.1",
  ])
    t.notThrows(() => requireDicomJson(accept), accept);
  for (const accept of ["text/html", 'multipart/related; type="application/dicom+xml"', "application/dicom+json;q=0"]) {
    t.is(t.throws(() => requireDicomJson(accept), faultOf("DICOM_NOT_ACCEPTABLE"))?.status, 406, accept);
  }
});

test("a hostile header ends at once", (t) => {
  t.is(parseMediaType(`a/b${";".repeat(20_000)}\u0000`), null);
  t.true(parseAccept(`a/b;${" ".repeat(20_000)}\u0001`.repeat(3)).length <= 3);
  t.true(parseAccept('"'.repeat(20_000)).length === 0);
});
