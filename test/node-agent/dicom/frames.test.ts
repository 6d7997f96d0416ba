import { readFileSync } from "node:fs";
import test from "ava";
import dicomParser from "dicom-parser";
import type { Range } from "../../../node-agent/src/dicom/element.ts";
import { frameCount, frameRanges, parseFrameList } from "../../../node-agent/src/dicom/frames.ts";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import type { Written } from "../../../scripts/phantom/encode.ts";
import { sampleFiles } from "../../../scripts/samples.ts";
import { skipLoudly } from "../../support/skip.ts";
import { faultOf, instanceOf, open, text } from "./build.ts";
import { pydicomFiles } from "./corpora.ts";

const us = (tag: number, value: number): Written => ({ tag, vr: "US", value: [value] });
const image = (rows: number, columns: number, bits: number, frames: number, samples = 1, photometric = "MONOCHROME2"): Written[] => [
  ...[us(0x0028_0002, samples), text(0x0028_0004, "CS", photometric), text(0x0028_0008, "IS", String(frames))],
  ...[us(0x0028_0010, rows), us(0x0028_0011, columns), us(0x0028_0100, bits)],
];
const jpeg = "1.2.840.10008.1.2.4.50";
const encapsulated = (frames: number, items: readonly Buffer[], more: readonly Written[] = []): Buffer =>
  Buffer.concat([instanceOf([...image(4, 4, 8, frames), ...more], jpeg), open(0x7fe0_0010, "OB", items)]);
const join = (bytes: Buffer, ranges: readonly Range[] | undefined): string =>
  Buffer.concat((ranges ?? []).map(({ offset, length }) => bytes.subarray(offset, offset + length))).toString("latin1");
const frames = (bytes: Buffer, list: readonly number[]): string[] =>
  frameRanges(readPart10(bytes), list).map((ranges) => join(bytes, ranges));
const offsets = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);

test("native frames follow one another", (t) => {
  const bytes = instanceOf([
    ...image(2, 3, 16, 3),
    { tag: 0x7fe0_0010, vr: "OW", value: Buffer.from("aaaaaaaaaaaabbbbbbbbbbbbcccccccccccc") },
  ]);
  t.deepEqual(frames(bytes, [3, 1]), ["cccccccccccc", "aaaaaaaaaaaa"]);
  t.is(frameCount(readPart10(bytes)), 3);
});

test("colour, halved chroma, and one bit per pixel", (t) => {
  const pixels = (value: string): Written => ({ tag: 0x7fe0_0010, vr: "OB", value: Buffer.from(value) });
  t.deepEqual(frames(instanceOf([...image(2, 2, 8, 2, 3, "RGB"), pixels("rgbrgbrgbrgbRGBRGBRGBRGB")]), [2]), ["RGBRGBRGBRGB"]);
  t.deepEqual(frames(instanceOf([...image(2, 2, 8, 2, 3, "YBR_FULL_422"), pixels("aaaaaaaabbbbbbbb")]), [2]), ["bbbbbbbb"]);
  t.deepEqual(frames(instanceOf([...image(4, 4, 1, 2), pixels("aabb")]), [2]), ["bb"]);
  t.throws(() => frames(instanceOf([...image(3, 3, 1, 2), pixels("aabb")]), [2]), faultOf("DICOM_FRAMES_UNLOCATABLE"));
});

test("one fragment per frame", (t) =>
  t.deepEqual(frames(encapsulated(2, [Buffer.alloc(0), Buffer.from("AAAA"), Buffer.from("BB")]), [2, 1]), ["BB", "AAAA"]));
test("one frame in many fragments", (t) =>
  t.deepEqual(frames(encapsulated(1, [Buffer.alloc(0), Buffer.from("AAAA"), Buffer.from("BB")]), [1]), ["AAAABB"]));
test("basic offset table", (t) =>
  t.deepEqual(frames(encapsulated(2, [offsets(0, 22), Buffer.from("AAAA"), Buffer.from("aa"), Buffer.from("BB")]), [1, 2]), [
    "AAAAaa",
    "BB",
  ]));
test("extended offset table", (t) => {
  const table = Buffer.from(BigUint64Array.from([0n, 12n]).buffer);
  const bytes = encapsulated(
    2,
    [Buffer.alloc(0), Buffer.from("AAAA"), Buffer.from("BB"), Buffer.from("CC")],
    [{ tag: 0x7fe0_0001, vr: "UV", value: table }],
  );
  t.deepEqual(frames(bytes, [1, 2]), ["AAAA", "BBCC"]);
});
test("code streams that begin a fragment", (t) => {
  const soi = (rest: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.from(rest)]);
  const bytes = encapsulated(2, [Buffer.alloc(0), soi("AA"), Buffer.from("aa"), soi("BB")]);
  t.deepEqual(frames(bytes, [2]), ["\u00ff\u00d8BB"]);
});
test("fragments that nothing tells apart, and a table that lies", (t) => {
  t.throws(
    () => frames(encapsulated(2, [Buffer.alloc(0), Buffer.from("AA"), Buffer.from("BB"), Buffer.from("CC")]), [1]),
    faultOf("DICOM_FRAMES_UNLOCATABLE"),
  );
  t.deepEqual(
    frames(encapsulated(2, [offsets(0, 7777), Buffer.from("AA"), Buffer.from("BB")]), [2]),
    ["BB"],
    "a wrong table is not followed",
  );
});

test("frames that do not exist", (t) => {
  const bytes = instanceOf([...image(2, 2, 8, 1), { tag: 0x7fe0_0010, vr: "OB", value: Buffer.alloc(4) }]);
  const past = t.throws(() => frames(bytes, [2]), faultOf("DICOM_FRAME_NOT_FOUND"));
  t.is(past?.status, 404);
  t.throws(() => frames(bytes, [0]), faultOf("DICOM_BAD_FRAME_LIST"));
  t.throws(() => frames(instanceOf(), [1]), faultOf("DICOM_NO_PIXEL_DATA"));
  t.throws(
    () => frames(instanceOf([...image(2, 2, 8, 2), { tag: 0x7fe0_0010, vr: "OB", value: Buffer.alloc(4) }]), [1]),
    faultOf("DICOM_FRAMES_UNLOCATABLE"),
  );
});

test("frame lists", (t) => {
  t.deepEqual(parseFrameList("1,3,2"), [1, 3, 2]);
  for (const bad of ["", "0", "abc", "1,", ",1", "-1", "1.5", "1 ", "01", "1,0", "9999999999"]) {
    const error = t.throws(() => parseFrameList(bad), faultOf("DICOM_BAD_FRAME_LIST"), bad);
    t.is(error?.status, 400);
  }
});

test("published samples: the frames dicom-parser cuts out", (t) => {
  let compared = 0;
  for (const { path, name } of [...sampleFiles(), ...(pydicomFiles("test_files") ?? [])]) {
    const bytes = readFileSync(path);
    let theirs: string[];
    try {
      const dataSet = dicomParser.parseDicom(bytes);
      const element = dataSet.elements["x7fe00010"];
      if (element?.fragments === undefined || element.fragments.length !== Number(dataSet.string("x00280008") ?? "1")) continue;
      theirs = element.fragments.map(({ position, length }) => bytes.toString("latin1", position, position + length));
    } catch {
      continue;
    }
    t.deepEqual(
      frames(
        bytes,
        theirs.map((_frame, i) => i + 1),
      ),
      theirs,
      name,
    );
    compared++;
  }
  t.log(`${compared} encapsulated files`);
  t.true(compared >= 9);
  if (pydicomFiles("test_files") === null) skipLoudly(t, "python3-pydicom's test files");
});
