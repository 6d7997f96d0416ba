import test from "ava";
import {
  instanceAttributes,
  instanceRow,
  type InstanceAttributes,
  type Level,
  type Row,
  seriesRow,
  studyRow,
} from "../../../node-agent/src/dicom/attributes.ts";
import { toDicomJson } from "../../../node-agent/src/dicom/json.ts";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import { parseQuery, type Scope } from "../../../node-agent/src/dicom/query.ts";
import { matches, project } from "../../../node-agent/src/dicom/search.ts";
import { generatePhantom } from "../../../scripts/phantom/phantom.ts";
import { instanceOf, text } from "./build.ts";

const attributesOf = (bytes: Buffer): InstanceAttributes => {
  const part10 = readPart10(bytes);
  return instanceAttributes(toDicomJson(part10), part10.transferSyntax);
};
const slices = [...generatePhantom({ slices: 3, size: 16, seed: "search" })].map(({ bytes }) => attributesOf(bytes));
const [first] = slices;
const uidOf = (tag: string): string => String(first?.[tag]?.Value?.[0]);
const study = studyRow(slices);
const series = seriesRow(study, slices);
const instance = instanceRow(series, first ?? {});
const rows: Readonly<Record<Level, Row>> = { study, series, instance };

const found = (level: Level, query: string, scope: Scope = {}): boolean =>
  matches(parseQuery(level, new URLSearchParams(query), scope), rows[level]);

test("a study's row counts its series and instances and lists its modalities", (t) => {
  const other = attributesOf(instanceOf([text(0x0008_0060, "CS", "SR"), text(0x0010_0020, "LO", "LATE")]));
  const row = studyRow([...slices, other]);
  t.deepEqual(
    ["00080061", "00201206", "00201208", "00080062", "00100020"].map((tag) => row[tag]?.Value),
    [["CT", "SR"], [2], [4], ["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7"], ["PHANTOM-0001"]],
  );
  t.deepEqual(series["00201209"]?.Value, [3]);
});

test("an attribute empty in the first instance is taken from the next", (t) => {
  const empty = attributesOf(instanceOf([text(0x0010_0020, "LO", "")]));
  const full = attributesOf(instanceOf([text(0x0010_0020, "LO", "P7")]));
  t.deepEqual(studyRow([empty, full])["00100020"]?.Value, ["P7"]);
});

test("an index row holds no bulk data and nothing it does not need", (t) => {
  t.true(JSON.stringify(first).length < 3000);
  t.is(first?.["00291006"], undefined);
});

test("searches find what they should, on each level", (t) => {
  t.true(found("study", ""));
  t.true(found("study", "PatientName=wang*&StudyDate=20260101-&ModalitiesInStudy=MR,CT"));
  t.true(found("study", "PatientName=小*&fuzzymatching=true") === found("study", "PatientName=小*"));
  t.false(found("study", "PatientName=wang*&StudyDate=-20260101"));
  t.true(found("study", "AccessionNumber="), "an empty value matches anything");
  t.true(found("series", "Modality=CT&PatientID=PHANTOM-0001"));
  t.true(found("series", `StudyInstanceUID=${uidOf("0020000D")}`));
  t.false(found("series", "Modality=MR"));
  t.true(found("instance", "InstanceNumber=1&Rows=16"));
  t.false(found("instance", "InstanceNumber=2"));
  t.false(found("series", "RequestAttributesSequence.00400009=STEP"), "an absent sequence matches no value");
});

test("the path of the resource restricts", (t) => {
  t.true(found("series", "", { study: uidOf("0020000D") }));
  t.false(found("series", "", { study: "1.2.3" }));
  t.true(found("instance", "", { study: uidOf("0020000D"), series: uidOf("0020000E") }));
  t.false(found("instance", "", { study: uidOf("0020000D"), series: "1.2.3" }));
});

test("a key in a sequence looks into every item", (t) => {
  const request = { tag: 0x0040_0275, vr: "SQ", value: [[text(0x0040_0009, "SH", "ONE")], [text(0x0040_0009, "SH", "TWO")]] };
  const with2 = attributesOf(instanceOf([request]));
  const row = seriesRow(studyRow([with2]), [with2]);
  t.true(matches(parseQuery("series", new URLSearchParams("00400275.00400009=TWO")), row));
  t.false(matches(parseQuery("series", new URLSearchParams("00400275.00400009=THREE")), row));
});

const returned = (level: Level, query = "", scope: Scope = {}): string[] =>
  Object.keys(project(parseQuery(level, new URLSearchParams(query), scope), rows[level], "http://a/b"));

test("the default attributes of each level, in tag order", (t) => {
  const ofStudy = ["00080005", "00080020", "00080030", "00080050", "00080056", "00080061", "00080090", "00081030", "00081190"];
  t.deepEqual(returned("study"), [
    ...ofStudy,
    "00100010",
    "00100020",
    "00100030",
    "00100040",
    "0020000D",
    "00200010",
    "00201206",
    "00201208",
  ]);
  t.deepEqual(returned("series", "", { study: uidOf("0020000D") }), [
    "00080005",
    "00080060",
    "0008103E",
    "00081190",
    "0020000D",
    "0020000E",
    "00200011",
    "00201209",
  ]);
  t.true(returned("series").includes("00100010"), "without a study in the path its attributes come too");
  t.deepEqual(returned("instance", "", { study: uidOf("0020000D"), series: uidOf("0020000E") }), [
    ...[
      "00080005",
      "00080016",
      "00080018",
      "00080056",
      "00081190",
      "00083002",
      "0020000D",
      "0020000E",
      "00200013",
      "00280010",
      "00280011",
      "00280100",
    ],
  ]);
});

test("keys and includes are returned besides", (t) => {
  t.true(returned("study", "00101010=").includes("00101010") === (study["00101010"] !== undefined));
  t.true(returned("series", "BodyPartExamined=HEAD", { study: uidOf("0020000D") }).includes("00180015"));
  t.true(returned("series", "includefield=BodyPartExamined").includes("00180015"));
  t.deepEqual(
    returned("instance", "includefield=all").filter((tag) => !["00080005", "00081190"].includes(tag)),
    Object.keys(instance).sort(),
  );
});
