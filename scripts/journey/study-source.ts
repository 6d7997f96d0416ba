import { createHash, randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { textOf } from "../../node-agent/src/dicom/attributes.ts";
import { type JsonName, toDicomJson } from "../../node-agent/src/dicom/json.ts";
import { readPart10 } from "../../node-agent/src/dicom/part10.ts";
import { generatePhantom } from "../phantom/phantom.ts";
import { textEncoder } from "../phantom/text.ts";
import { type Needle, needles } from "./residue.ts";

/** One DICOM file to send. `sha256` is of the whole Part 10 file. */
export type SourceFile = { readonly name: string; readonly size: number; readonly study: string; readonly sha256: string; readonly read: () => Promise<Buffer> };
export type Source = { readonly files: readonly SourceFile[]; readonly patientId: string; readonly issuer: string; readonly needles: readonly Needle[] };

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const gb18030 = textEncoder("GB18030");
const pick = (from: readonly string[]): string => from[randomInt(from.length)] ?? "";

/** Names are made up of rare parts, so that finding one somewhere is no accident. */
function inventPatient(): { name: string; id: string } {
  const family = pick(["Quellenberg", "Zhuravlyova", "Ouyangfeng", "Thistlewick", "Mbeki-Oduya"]);
  const given = pick(["Xiaodong", "Wilhelmina", "Perpetua", "Ignatius", "Zenobia"]);
  return { name: `${family}^${given}=${pick(["欧阳", "司马", "诸葛"])}^${pick(["晓东", "慧敏", "子轩"])}`, id: `FID-${randomInt(10 ** 11, 10 ** 12)}` };
}

/** A synthetic head CT of 64 slices of 512x512 with a made-up patient; exists in memory only, so that no plain file of ours can be found later. */
export function phantomSource(): Source {
  const { name, id } = inventPatient();
  const files = [...generatePhantom({ patient: { name, id, birthDate: "19620309", sex: "F" }, accessionNumber: `ACC${randomInt(10 ** 9, 10 ** 10)}` })];
  return describe(files.map((file) => ({ name: file.name, bytes: file.bytes, read: async () => file.bytes })));
}

/** Files on disk, read again when they are sent. Files that are not readable DICOM are left to the agent to refuse; they are not listed here. */
export async function folderSource(paths: readonly string[]): Promise<Source> {
  const read: { name: string; bytes: Buffer; read: () => Promise<Buffer> }[] = [];
  for (const path of paths) read.push({ name: path, bytes: await readFile(path), read: () => readFile(path) });
  return describe(read);
}

function describe(files: readonly { name: string; bytes: Buffer; read: () => Promise<Buffer> }[]): Source {
  const found = new Map<string, Needle[]>();
  const known: SourceFile[] = [];
  let patient = { patientId: "", issuer: "" };
  for (const { name, bytes, read } of files) {
    const part10 = readPart10(bytes);
    const { identifiers } = part10;
    const json = toDicomJson(part10);
    known.push({ name, size: bytes.length, study: identifiers.study, sha256: sha256(bytes), read });
    if (patient.patientId === "") patient = { patientId: textOf(json, "00100020"), issuer: textOf(json, "00100021") };
    const note = (what: string, text: string) => {
      const key = `${what} ${text}`;
      if (text !== "" && !found.has(key)) found.set(key, needles(what, text, inGb18030(text)));
    };
    for (const { Alphabetic, Ideographic, Phonetic } of (json["00100010"]?.Value ?? []) as JsonName[])
      for (const group of [Alphabetic, Ideographic, Phonetic]) for (const part of (group ?? "").split("^")) note("patient's name", part);
    note("patient id", textOf(json, "00100020"));
    note("accession number", textOf(json, "00080050"));
    note("study UID", identifiers.study);
    note("series UID", identifiers.series);
    note("instance UID", identifiers.sopInstance);
  }
  return { files: known, ...patient, needles: [...found.values()].flat() };
}

/** The text as a GB18030 data set holds it, where that differs from UTF-8. */
function inGb18030(text: string): Buffer[] {
  try {
    return Buffer.byteLength(text) === text.length ? [] : [gb18030(text)];
  } catch (error) {
    if (error instanceof RangeError) return []; // not writable in that repertoire, so not written in it
    throw error;
  }
}
