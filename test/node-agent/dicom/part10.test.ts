import { createHash } from "node:crypto";
import test from "ava";
import { InstanceReader } from "../../../node-agent/src/dicom/instance-reader.ts";
import { defaultLimits } from "../../../node-agent/src/dicom/limits.ts";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import { Fault } from "../../../node-agent/src/model/fault.ts";
import { encodeElements } from "../../../scripts/phantom/encode.ts";
import { generatePhantom } from "../../../scripts/phantom/phantom.ts";
import { deflated, faultOf, fileOf, identity, implicit, instanceOf, metaOf, open, text } from "./build.ts";

const phantom = (): Buffer => {
  const [file] = generatePhantom({ slices: 1, size: 64, seed: "part10" });
  return file?.bytes ?? Buffer.alloc(0);
};

function inPieces(bytes: Buffer, size: number): InstanceReader {
  const reader = new InstanceReader();
  // One buffer reused for every piece: a reader that keeps a reference instead of its own copy is found out here.
  const piece = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(piece, 0, at, at + size);
    reader.push(piece.subarray(0, length));
  }
  return reader;
}

test("a file reads alike whole, in pieces and byte by byte", (t) => {
  const bytes = phantom();
  const whole = readPart10(bytes);
  t.is(whole.transferSyntax, "1.2.840.10008.1.2.1");
  t.is(whole.size, bytes.length);
  t.true(whole.header.length < 4096, "the pixels are not kept");
  for (const size of [1, 7, 131, 132, 133, 1000, 4096, 5000]) t.deepEqual(inPieces(bytes, size).finish(), whole, `pieces of ${size}`);
});

test("the digest covers the transfer syntax and the bytes after group 0002, nothing before", (t) => {
  const bytes = phantom();
  const { digest, datasetOffset, transferSyntax } = readPart10(bytes);
  const expected = createHash("blake2b512").update(transferSyntax).update(bytes.subarray(datasetOffset)).digest("hex").slice(0, 64);
  t.is(digest, `0x${expected}`);
  const rewritten = Buffer.concat([metaOf(transferSyntax), bytes.subarray(datasetOffset)]);
  t.is(readPart10(rewritten).digest, digest, "another preamble and group 0002 make no difference");
  const altered = Buffer.from(bytes);
  altered[bytes.length - 1] = (altered[bytes.length - 1] ?? 0) ^ 1;
  t.not(readPart10(altered).digest, digest);
});

test("every cut of an image is refused, whole or in pieces", (t) => {
  const bytes = instanceOf([
    ...[0x0028_0010, 0x0028_0011].map((tag) => ({ tag, vr: "US", value: [4] })),
    { tag: 0x0028_0100, vr: "US", value: [16] },
    { tag: 0x0040_0275, vr: "SQ", value: [[text(0x0040_0009, "SH", "STEP")]] },
    { tag: 0x7fe0_0010, vr: "OW", value: Buffer.alloc(32) },
  ]);
  readPart10(bytes);
  // From the last identifier on, a cut between two elements is a shorter data set; only the transport's framing can tell.
  const boundaries = new Set(
    [
      [0x28, 0, 0x10, 0],
      [0x28, 0, 0x11, 0],
      [0x28, 0, 0, 1],
      [0x40, 0, 0x75, 2],
      [0xe0, 0x7f, 0x10, 0],
    ].map((tag) => bytes.lastIndexOf(Buffer.from(tag))),
  );
  t.is(boundaries.size, 5);
  for (let length = 0; length < bytes.length; length++) {
    if (boundaries.has(length)) continue;
    const error = t.throws(() => readPart10(bytes.subarray(0, length)), { instanceOf: Fault }, `cut at ${length}`);
    t.true(
      ["DICOM_TRUNCATED", "DICOM_NOT_PART10", "DICOM_NO_META", "DICOM_NO_TRANSFER_SYNTAX", "DICOM_MISSING_UID"].includes(error?.code ?? ""),
      `${length} ${error?.code}`,
    );
    t.throws(() => inPieces(bytes.subarray(0, length), 9).finish(), faultOf(error?.code ?? ""), `cut at ${length}, in pieces`);
  }
});

test("encapsulated pixel data without its delimiter are truncated", (t) => {
  const head = encodeElements(identity);
  const pixels = open(0x7fe0_0010, "OB", [Buffer.alloc(0), Buffer.alloc(10, 1), Buffer.alloc(6, 2)]);
  const jpeg = "1.2.840.10008.1.2.4.50";
  readPart10(fileOf(Buffer.concat([head, pixels]), jpeg));
  for (let cut = 1; cut < pixels.length; cut++) {
    t.throws(
      () => readPart10(fileOf(Buffer.concat([head, pixels.subarray(0, pixels.length - cut)]), jpeg)),
      faultOf("DICOM_TRUNCATED"),
      `cut by ${cut}`,
    );
  }
});

test("elements after the pixel data are read", (t) => {
  const bytes = instanceOf([
    { tag: 0x7fe0_0010, vr: "OW", value: Buffer.alloc(100_000) },
    { tag: 0xfffc_fffc, vr: "OB", value: Buffer.alloc(10) },
  ]);
  t.true(readPart10(bytes).dataset.elements.has("FFFCFFFC"));
});

test("large values stay out of memory wherever they stand", (t) => {
  const bytes = instanceOf([{ tag: 0x0042_0011, vr: "OB", value: Buffer.alloc(3 << 20, 7) }, text(0x0042_0012, "LO", "application/pdf")]);
  const part10 = readPart10(bytes);
  const document = part10.dataset.elements.get("00420011");
  t.true(part10.header.length < 1000);
  t.is(document?.at, null);
  t.is(bytes[document?.value.offset ?? 0], 7);
  t.is(document?.value.length, 3 << 20);
  t.true(part10.dataset.elements.has("00420012"));
});

test("a deflated data set reads like the plain one, and is refused damaged, cut or exploding", (t) => {
  const dataset = encodeElements([...identity, text(0x0008_0060, "CS", "OT")]);
  const part10 = readPart10(deflated(dataset));
  t.deepEqual([...part10.dataset.elements.keys()], ["00080016", "00080018", "00080060", "0020000D", "0020000E"]);
  t.true(part10.deflated);
  t.deepEqual(inPieces(deflated(dataset), 3).finish(), part10);
  const bytes = deflated(dataset);
  t.throws(() => readPart10(bytes.subarray(0, bytes.length - 5)), faultOf("DICOM_DEFLATE"));
  const bomb = deflated(Buffer.concat([dataset, encodeElements([{ tag: 0x7fe0_0010, vr: "OW", value: Buffer.alloc(8 << 20) }])]));
  t.throws(() => readPart10(bomb, { ...defaultLimits, inflatedBytes: 1 << 20 }), faultOf("DICOM_INFLATED_TOO_LARGE"));
});

test("implicit VR takes VRs from the dictionaries, private ones too", (t) => {
  const uid = (tag: number, value: string): Buffer => implicit(tag, Buffer.from(value.length % 2 === 1 ? `${value}\0` : value));
  const dataset = Buffer.concat([
    uid(0x0008_0016, "1.2.840.10008.5.1.4.1.1.128"),
    uid(0x0008_0018, "1.2.3.4"),
    uid(0x0020_000d, "1.2.3"),
    uid(0x0020_000e, "1.2.3.1"),
    implicit(0x7053_0010, Buffer.from("Philips PET Private Group ")),
    implicit(0x7053_1000, Buffer.from("0.000551")),
    implicit(0x7053_1077, Buffer.from("??")),
  ]);
  const { dataset: read } = readPart10(fileOf(dataset, "1.2.840.10008.1.2"));
  t.deepEqual(
    [...read.elements.values()].map((element) => element.vr),
    ["UI", "UI", "UI", "UI", "LO", "DS", "UN"],
  );
});

const bad: readonly (readonly [string, () => Buffer, string])[] = [
  ["empty", () => Buffer.alloc(0), "DICOM_NOT_PART10"],
  ["text", () => Buffer.from("hello, this is not a DICOM file at all ".repeat(10)), "DICOM_NOT_PART10"],
  ["no preamble", () => instanceOf().subarray(128), "DICOM_NO_PREAMBLE"],
  ["no preamble nor prefix", () => Buffer.concat([encodeElements(identity), Buffer.alloc(200)]), "DICOM_NO_PREAMBLE"],
  ["no meta", () => Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), encodeElements(identity)]), "DICOM_NO_META"],
  [
    "implicit meta",
    () => Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), implicit(0x0002_0010, Buffer.from("1.2.840.10008.1.2\0"))]),
    "DICOM_NO_META",
  ],
  [
    "meta without transfer syntax",
    () => Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), encodeElements([text(0x0002_0003, "UI", "1.2"), ...identity])]),
    "DICOM_NO_TRANSFER_SYNTAX",
  ],
  ["unknown transfer syntax", () => instanceOf([], "1.2.3.4.5"), "DICOM_UNKNOWN_TRANSFER_SYNTAX"],
  [
    "4 GiB declared",
    () => Buffer.concat([instanceOf(), Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0, 0xfe, 0xff, 0xff, 0xff, 1, 2])]),
    "DICOM_TRUNCATED",
  ],
  [
    "4 GiB declared in a short text",
    () => Buffer.concat([instanceOf(), Buffer.from([0x40, 0, 0x10, 0, 0x55, 0x54, 0, 0, 0xfe, 0xff, 0xff, 0xff, 1, 2])]),
    "DICOM_TRUNCATED",
  ],
  [
    "an element without VR among explicit ones",
    () => fileOf(Buffer.concat([encodeElements(identity), implicit(0x0040_0010, Buffer.from("abcd"))])),
    "DICOM_MALFORMED",
  ],
  [
    "item runs past its sequence",
    () =>
      fileOf(
        Buffer.concat([
          encodeElements(identity),
          Buffer.from([0x40, 0, 0x75, 2, 0x53, 0x51, 0, 0, 10, 0, 0, 0, 0xfe, 0xff, 0, 0xe0, 99, 0, 0, 0, 1, 2]),
        ]),
      ),
    "DICOM_MALFORMED",
  ],
  [
    "delimiter at top level",
    () => fileOf(Buffer.concat([encodeElements(identity), implicit(0xfffe_e0dd, Buffer.alloc(0))])),
    "DICOM_MALFORMED",
  ],
  ["element twice", () => instanceOf([text(0x0020_000d, "UI", "9.9.9")]), "DICOM_MALFORMED"],
  [
    "text of undefined length",
    () => Buffer.concat([instanceOf(), Buffer.from([0x40, 0, 0x10, 0, 0x55, 0x54, 0, 0, 0xff, 0xff, 0xff, 0xff])]),
    "DICOM_MALFORMED",
  ],
  ["no study UID", () => fileOf(encodeElements(identity.filter(({ tag }) => tag !== 0x0020_000d))), "DICOM_MISSING_UID"],
  [
    "empty SOP class",
    () => fileOf(encodeElements(identity.map((element) => (element.tag === 0x0008_0016 ? { ...element, value: "" } : element)))),
    "DICOM_MISSING_UID",
  ],
  [
    "instance UID of letters",
    () => fileOf(encodeElements(identity.map((element) => (element.tag === 0x0008_0018 ? { ...element, value: "../../etc" } : element)))),
    "DICOM_INVALID_UID",
  ],
];
for (const [name, make, code] of bad) {
  test(`refused: ${name}`, (t) => {
    const bytes = make();
    t.throws(() => readPart10(bytes), faultOf(code));
    t.throws(() => inPieces(bytes, 11).finish(), faultOf(code), "in pieces");
  });
}

test("data written in the other little endian syntax than the meta information names", (t) => {
  const explicit = encodeElements(identity);
  const bare = Buffer.concat(
    identity.map(({ tag, value }) => implicit(tag, Buffer.from(`${String(value)}${String(value).length % 2 === 1 ? "\0" : ""}`))),
  );
  const ids = readPart10(fileOf(explicit)).identifiers;
  t.deepEqual(readPart10(fileOf(explicit, "1.2.840.10008.1.2")).identifiers, ids);
  t.deepEqual(readPart10(fileOf(bare)).identifiers, ids);
});

test("a large instance passes through without staying in memory", (t) => {
  const reader = new InstanceReader();
  const size = 300 << 20;
  const head = Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(size, 8);
  reader.push(Buffer.concat([instanceOf(), head]));
  const piece = Buffer.alloc(1 << 20);
  const before = process.memoryUsage().rss;
  for (let at = 0; at < size; at += piece.length) reader.push(piece);
  t.true(process.memoryUsage().rss - before < 64 << 20);
  const part10 = reader.finish();
  t.true(part10.size > size);
  t.true(part10.header.length < 1000);
});

test("of a repeated element that decides nothing the first counts", (t) => {
  const part10 = readPart10(instanceOf([text(0x0008_1030, "LO", "first "), text(0x0008_1030, "LO", "second")]));
  const element = part10.dataset.elements.get("00081030");
  t.is(part10.header.toString("latin1", element?.at ?? 0, (element?.at ?? 0) + (element?.value.length ?? 0)), "first ");
});

test("a depth bomb is refused by depth, defined lengths or not", (t) => {
  let explicitLength = Buffer.alloc(0);
  for (let i = 0; i < 5000; i++) {
    const item = implicit(0xfffe_e000, explicitLength);
    const head = Buffer.from([0x40, 0, 0x75, 2, 0x53, 0x51, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32LE(item.length, 8);
    explicitLength = Buffer.concat([head, item]);
  }
  t.throws(() => readPart10(fileOf(Buffer.concat([encodeElements(identity), explicitLength]))), faultOf("DICOM_TOO_DEEP"));
  const level = Buffer.from([0x40, 0, 0x75, 2, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff]);
  t.throws(
    () => readPart10(fileOf(Buffer.concat([encodeElements(identity), ...Array.from({ length: 200_000 }, () => level)]))),
    faultOf("DICOM_TOO_DEEP"),
  );
});

test("header bytes and element counts have limits", (t) => {
  const long = instanceOf(Array.from({ length: 40 }, (_, i) => text(0x0040_1000 + i, "UT", "x".repeat(1000))));
  t.throws(() => readPart10(long, { ...defaultLimits, headerBytes: 20_000 }), faultOf("DICOM_HEADER_TOO_LARGE"));
  t.throws(() => readPart10(long, { ...defaultLimits, elements: 20 }), faultOf("DICOM_TOO_MANY_ELEMENTS"));
});

test("what could be read of a refused instance is named", (t) => {
  const reader = new InstanceReader();
  const bytes = phantom();
  reader.push(bytes.subarray(0, 3000));
  t.throws(() => reader.finish(), faultOf("DICOM_TRUNCATED"));
  t.deepEqual(reader.partial(), readPart10(bytes).identifiers);
  t.deepEqual(new InstanceReader().partial(), {});
});

test("messages name no patient", (t) => {
  const bytes = instanceOf([text(0x0010_0010, "PN", "Secret^Name"), text(0x0010_0020, "LO", "MRN-4711")]);
  let refused = 0;
  for (let length = 140; length < bytes.length; length++) {
    try {
      readPart10(bytes.subarray(0, length));
    } catch (error) {
      refused++;
      t.notRegex(String(error), /Secret|4711|1\.2\.3/u);
    }
  }
  t.true(refused > 150);
});
