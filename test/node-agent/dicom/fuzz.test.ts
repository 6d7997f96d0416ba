import { readFileSync } from "node:fs";
import test from "ava";
import fc from "fast-check";
import { instanceAttributes } from "../../../node-agent/src/dicom/attributes.ts";
import { frameCount, frameRanges } from "../../../node-agent/src/dicom/frames.ts";
import { InstanceReader } from "../../../node-agent/src/dicom/instance-reader.ts";
import { toDicomJson } from "../../../node-agent/src/dicom/json.ts";
import { defaultLimits } from "../../../node-agent/src/dicom/limits.ts";
import { storeBody } from "../../../node-agent/src/dicom/media.ts";
import { negotiateRetrieve } from "../../../node-agent/src/dicom/negotiate.ts";
import { parseQuery } from "../../../node-agent/src/dicom/query.ts";
import { matches, project } from "../../../node-agent/src/dicom/search.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { generatePhantom } from "../../../scripts/phantom/phantom.ts";
import { sampleFiles } from "../../../scripts/samples.ts";
import { deflated, implicit, instanceOf, open, text } from "./build.ts";

const limits = { ...defaultLimits, headerBytes: 1 << 20, elements: 20_000, inflatedBytes: 4 << 20 };

/** Seeds: our phantom, nested and encapsulated data, deflated data, and every published sample (the large ones cut). */
function seeds(): Buffer[] {
  const [phantom] = generatePhantom({ slices: 1, size: 32, seed: "fuzz" });
  const nested = instanceOf([
    text(0x0008_0005, "CS", "\\ISO 2022 IR 87"),
    { tag: 0x0040_0275, vr: "SQ", value: [[text(0x0040_0009, "SH", "A")], [text(0x0040_0009, "SH", "B")]] },
  ]);
  const encapsulated = Buffer.concat([
    instanceOf([text(0x0028_0008, "IS", "2")], "1.2.840.10008.1.2.4.50"),
    open(0x7fe0_0010, "OB", [Buffer.alloc(8), Buffer.alloc(10, 1), Buffer.alloc(6, 2)]),
  ]);
  const bare = Buffer.concat([
    implicit(0x0008_0018, Buffer.from("1.2.3.4\0")),
    implicit(0x0040_0275, Buffer.concat([implicit(0xfffe_e000, Buffer.alloc(0)), implicit(0xfffe_e0dd, Buffer.alloc(0))]), 0xffff_ffff),
  ]);
  const samples = sampleFiles().map(({ path }) => readFileSync(path).subarray(0, 60_000));
  return [phantom?.bytes ?? bare, nested, encapsulated, deflated(bare), ...samples];
}

/** Reads in pieces and, when the file is accepted, uses the result in every way; gives the verdict. Anything but a Fault escapes. */
function verdict(bytes: Buffer, piece: number): string {
  const reader = new InstanceReader(limits);
  try {
    for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
    const part10 = reader.finish();
    instanceAttributes(toDicomJson(part10, { bulkDataUri: (path) => path }), part10.transferSyntax);
    for (const range of frameRanges(part10, [frameCount(part10)]).flat()) {
      if (!part10.deflated && range.offset + range.length > bytes.length) throw new Error("a frame lies outside the file");
    }
    return "accepted";
  } catch (error) {
    reader.partial();
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

const mutation = fc.record({
  seed: fc.nat(),
  piece: fc.integer({ min: 1, max: 5000 }),
  changes: fc.array(
    fc.record({
      at: fc.nat(),
      byte: fc.constantFrom(0, 1, 0x7f, 0x80, 0xfe, 0xff, 0x53, 0x51, 0x5c, 0x1b, 0xe0, 0xdd),
      span: fc.constantFrom(1, 1, 1, 2, 4),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  cut: fc.option(fc.nat(), { freq: 1, nil: null }),
});

test("20,000 damaged files: each gets a verdict from the catalogue, none a crash", (t) => {
  const originals = seeds();
  const seen = new Map<string, number>();
  const before = process.memoryUsage().rss;
  fc.assert(
    fc.property(mutation, ({ seed, piece, changes, cut }) => {
      const bytes = Buffer.from(originals[seed % originals.length] ?? Buffer.alloc(0));
      // Damage where the structure is: behind the prefix and before most of the pixels.
      const reach = Math.min(bytes.length, 4000) - 128;
      for (const { at, byte, span } of changes) bytes.fill(byte, 128 + (at % reach), Math.min(bytes.length, 128 + (at % reach) + span));
      const result = verdict(cut === null ? bytes : bytes.subarray(0, cut % bytes.length), Math.max(piece, bytes.length >> 9));
      seen.set(result, (seen.get(result) ?? 0) + 1);
    }),
    { numRuns: 20_000, includeErrorInReport: true },
  );
  t.log(
    [...seen]
      .sort((a, b) => b[1] - a[1])
      .map(([code, count]) => `${code} ${count}`)
      .join(", "),
  );
  t.true((seen.get("accepted") ?? 0) > 500, "the damage leaves some files readable");
  t.true(seen.size > 8, "the damage reaches many branches");
  t.true(process.memoryUsage().rss - before < 400 << 20, "memory stays bounded");
});

test("random bytes behind valid meta information", (t) => {
  const head = instanceOf();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 140, max: head.length }), (bytes, keep) => {
      verdict(Buffer.concat([head.subarray(0, keep), bytes]), 64);
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

test("any query and any header get an answer or a Fault", (t) => {
  const words = fc.constantFrom(
    "PatientName",
    "00100010",
    "StudyDate",
    "limit",
    "includefield",
    "fuzzymatching",
    "00400275.00400009",
    "StudyInstanceUID",
    "Modality",
    "x",
  );
  const pairs = fc.array(
    fc.tuple(fc.oneof(words, fc.string()), fc.oneof(fc.string(), fc.constantFrom("*", "20260101-", "1.2,1.3", "all", "true", "-", "\\\\"))),
    { maxLength: 5 },
  );
  const faultOnly = (run: () => unknown): void => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  };
  fc.assert(
    fc.property(
      fc.constantFrom("study" as const, "series" as const, "instance" as const),
      pairs,
      fc.string({ unit: "binary", maxLength: 200 }),
      (level, query, header) => {
        faultOnly(() => project(parseQuery(level, new URLSearchParams(query)), {}));
        faultOnly(() =>
          matches(parseQuery(level, new URLSearchParams(query)), { "00100010": { vr: "PN", Value: [null, { Alphabetic: header }] } }),
        );
        faultOnly(() => storeBody(header));
        faultOnly(() => storeBody(`multipart/related; ${header}`));
        faultOnly(() => negotiateRetrieve(header, "1.2.840.10008.1.2.1", { what: "frames", single: true }));
        faultOnly(() => negotiateRetrieve(`multipart/related;${header}`, "1.2.840.10008.1.2.1", { what: "instances", single: false }));
      },
    ),
    { numRuns: 3000, includeErrorInReport: true },
  );
  t.pass();
});
