import { execFileSync } from "node:child_process";
import test from "ava";
import { decodingOf } from "../../../node-agent/src/dicom/charset.ts";
import { toDicomJson } from "../../../node-agent/src/dicom/json.ts";
import { readPart10 } from "../../../node-agent/src/dicom/part10.ts";
import { textEncoder } from "../../../scripts/phantom/text.ts";
import { skipLoudly } from "../../support/skip.ts";
import { instanceOf, text } from "./build.ts";
import { pydicomFiles } from "./corpora.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** Terms, bytes, text: from the examples of PS3.5 annexes H, I, J and K, and one per single-byte repertoire. */
const vectors: readonly (readonly [terms: string, hex: string, expected: string])[] = [
  ["", "4a 6f 68 6e", "John"],
  ["ISO_IR 100", "c4 6e 65 61 73 5e 52 fc 64 69 67 65 72", "Äneas^Rüdiger"],
  ["ISO_IR 101", "a1 b1", "Ąą"],
  ["ISO_IR 109", "a6", "Ĥ"],
  ["ISO_IR 110", "a1", "Ą"],
  ["ISO_IR 144", "bb ee 63 63 65", "Люcce"],
  ["ISO_IR 127", "c2", "آ"],
  ["ISO_IR 126", "c4 e9 ef ed", "Διον"],
  ["ISO_IR 138", "f9 f8 e5 ef", "שרון"],
  ["ISO_IR 148", "dd", "İ"],
  ["ISO_IR 203", "a4", "€"],
  ["ISO_IR 13", "d4 cf c0 de 5e c0 db b3", "ﾔﾏﾀﾞ^ﾀﾛｳ"],
  ["ISO_IR 166", "a1", "ก"],
  ["ISO_IR 192", "e7 8e 8b 5e e5 b0 8f e4 b8 9c", "王^小东"],
  ["GB18030", "cd f5 5e d0 a1 b6 ab", "王^小东"],
  ["GBK", "cd f5", "王"],
  ["\\ISO 2022 IR 87", "59 61 6d 61 64 61 3d 1b 24 42 3b 33 45 44 1b 28 42 5e 1b 24 42 42 40 4f 3a 1b 28 42", "Yamada=山田^太郎"],
  ["ISO 2022 IR 13\\ISO 2022 IR 87", "d4 cf c0 de 3d 1b 24 42 3b 33 45 44 1b 28 4a 5e 1b 24 42 42 40 4f 3a 1b 28 4a", "ﾔﾏﾀﾞ=山田^太郎"],
  ["\\ISO 2022 IR 149", "48 6f 6e 67 3d 1b 24 29 43 fb f3 5e 1b 24 29 43 d1 ce d4 d7", "Hong=洪^吉洞"],
  ["\\ISO 2022 IR 58", "57 61 6e 67 3d 1b 24 29 41 cd f5 5e 1b 24 29 41 d0 a1 b6 ab", "Wang=王^小东"],
  ["\\ISO 2022 IR 159", "1b 24 28 44 30 21 1b 28 42", "丂"],
  ["\\ISO 2022 IR 100\\ISO 2022 IR 144", "1b 2d 41 e9 5e 1b 2d 4c bb", "é^Л"],
  ["NO SUCH SET", "41 e9", "Aé"],
];
for (const [terms, hex, expected] of vectors) {
  test(`decodes ${terms === "" ? "the default repertoire" : terms} ${expected}`, (t) =>
    t.is(decodingOf(terms.split("\\"), true)(bytes(hex)), expected));
}

test("what cannot be decoded becomes U+FFFD and nothing throws", (t) => {
  t.is(decodingOf(["ISO_IR 192"], false)(bytes("41 ff 42")), "A\ufffdB");
  t.is(decodingOf(["", "ISO 2022 IR 87"], false)(bytes("41 1b 7a 7a 42")), "A\ufffdzzB");
});

test("a backslash inside a two-byte character divides nothing", (t) => {
  // The second byte of this GB18030 character is 0x5c.
  const encoded = Buffer.from([0x85, 0x5c, 0x5c, 0x41]);
  const json = toDicomJson(readPart10(instanceOf([text(0x0008_0005, "CS", "GB18030"), text(0x0010_1001, "PN", encoded)])));
  t.is(json["00101001"]?.Value?.length, 2);
});

test("our GB18030 encoder and the decoder agree", (t) => {
  const name = "Wang^XiaoDong=王^小东=";
  t.is(decodingOf(["GB18030"], true)(textEncoder("GB18030")(name)), name);
});

test("names in pydicom's charset files decode as pydicom decodes them", (t) => {
  const files = pydicomFiles("charset_files");
  if (files === null) return skipLoudly(t, "python3-pydicom's charset files");
  const script =
    "import sys,json,pydicom\nfor f in sys.argv[1:]:\n d=pydicom.dcmread(f);d.decode();print(json.dumps(str(d.get('PatientName',''))))";
  const readable = files.filter(({ name }) => !name.startsWith("chrSQ"));
  const names = execFileSync("/usr/bin/python3", ["-c", script, ...readable.map(({ path }) => path)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  })
    .trim()
    .split("\n");
  for (const [i, { name, bytes: file }] of readable.entries()) {
    const value = toDicomJson(readPart10(file))["00100010"]?.Value?.[0];
    const ours = typeof value === "object" && value !== null && !("vr" in value) ? Object.values(value).join("=") : "";
    t.is(ours, String(JSON.parse(names[i] ?? "null")).replace(/=+$/u, ""), name);
  }
  t.is(readable.length, 15);
});
