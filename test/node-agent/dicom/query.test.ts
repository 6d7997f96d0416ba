import test from "ava";
import { parseQuery } from "../../../node-agent/src/dicom/query.ts";
import { faultOf } from "./build.ts";

const study = (query: string) => parseQuery("study", new URLSearchParams(query));

test("the list OHIF asks for", (t) => {
  const query = study("limit=101&offset=0&fuzzymatching=true&includefield=00081030%2C00080060%2C00080090%2C00100030");
  t.deepEqual(
    { ...query, keys: query.keys.length },
    {
      level: "study",
      scope: {},
      keys: 0,
      include: ["00081030", "00080060", "00080090", "00100030"],
      limit: 101,
      offset: 0,
      fuzzy: true,
      restriction: {},
    },
  );
});

test("keys by keyword and by tag, in either case", (t) => {
  const paths = study("PatientName=A*&00080050=X1&0020000d=1.2&ModalitiesInStudy=CT").keys.map((key) => key.path);
  t.deepEqual(paths, [["00100010"], ["00080050"], ["0020000D"], ["00080061"]]);
});

test("a key inside a sequence", (t) => {
  const [key] = parseQuery("series", new URLSearchParams("RequestAttributesSequence.00400009=STEP")).keys;
  t.deepEqual(key?.path, ["00400275", "00400009"]);
});

test("includefield repeated, in a list, and all", (t) => {
  t.deepEqual(study("includefield=PatientSex&includefield=00080020,StudyID").include, ["00100040", "00080020", "00200010"]);
  t.is(study("includefield=all").include, "all");
});

test("exact values an index can look up", (t) => {
  t.deepEqual(study("PatientID=P1&AccessionNumber=A1&StudyInstanceUID=1.2,1.3").restriction, {
    patientId: "P1",
    accessionNumber: "A1",
    studies: ["1.2", "1.3"],
  });
  t.deepEqual(study("PatientID=P*&AccessionNumber=&PatientName=X").restriction, {});
  const scoped = parseQuery("instance", new URLSearchParams("SOPInstanceUID=1.5"), { study: "1.2", series: "1.3" });
  t.deepEqual(scoped.restriction, { studies: ["1.2"], series: ["1.3"], instances: ["1.5"] });
  t.deepEqual(parseQuery("series", new URLSearchParams("StudyInstanceUID=9.9"), { study: "1.2" }).restriction, { studies: [] });
});

const refused: readonly (readonly [query: string, code: string])[] = [
  ["0010020=1", "DICOM_QUERY_UNKNOWN_KEY"],
  ["NoSuchTag=1", "DICOM_QUERY_UNKNOWN_KEY"],
  ["patientid=1", "DICOM_QUERY_UNKNOWN_KEY"],
  ["00090010=1", "DICOM_QUERY_UNKNOWN_KEY"],
  ["=1", "DICOM_QUERY_UNKNOWN_KEY"],
  ["PatientID.StudyID=1", "DICOM_QUERY_UNKNOWN_KEY"],
  ["includefield=Nonsense", "DICOM_QUERY_UNKNOWN_KEY"],
  ["Limit=1", "DICOM_QUERY_UNKNOWN_KEY"],
  ["Modality=CT", "DICOM_QUERY_UNSUPPORTED_KEY"],
  ["SOPInstanceUID=1.2", "DICOM_QUERY_UNSUPPORTED_KEY"],
  ["SliceThickness=1", "DICOM_QUERY_UNSUPPORTED_KEY"],
  ["StudyDate=yesterday", "DICOM_QUERY_BAD_VALUE"],
  ["StudyInstanceUID=1.2.*", "DICOM_QUERY_BAD_VALUE"],
  ["NumberOfStudyRelatedInstances=many", "DICOM_QUERY_BAD_VALUE"],
  ["limit=-1", "DICOM_QUERY_BAD_PARAMETER"],
  ["limit=ten", "DICOM_QUERY_BAD_PARAMETER"],
  ["limit=", "DICOM_QUERY_BAD_PARAMETER"],
  ["limit=1&limit=2", "DICOM_QUERY_BAD_PARAMETER"],
  ["offset=1.5", "DICOM_QUERY_BAD_PARAMETER"],
  ["fuzzymatching=yes", "DICOM_QUERY_BAD_PARAMETER"],
  ["PatientID=1&00100020=2", "DICOM_QUERY_BAD_PARAMETER"],
];
for (const [query, code] of refused) {
  test(`400: ?${query}`, (t) => {
    const error = t.throws(() => study(query), faultOf(code));
    t.is(error?.status, 400);
  });
}

test("an error repeats no value, and of a key only what a key can be", (t) => {
  const error = t.throws(
    () => study(`StudyDate=Secret&${encodeURIComponent("<b>Name^Of Patient</b>".repeat(9))}=1`),
    faultOf("DICOM_QUERY_BAD_VALUE"),
  );
  t.notRegex(error?.message ?? "", /Secret/u);
  const unknown = t.throws(() => study(`${encodeURIComponent("<script>".repeat(20))}=1`), faultOf("DICOM_QUERY_UNKNOWN_KEY"));
  t.notRegex(unknown?.message ?? "", /[<>]/u);
  t.true((unknown?.message.length ?? 999) < 200);
});
